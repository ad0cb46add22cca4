import type { Healthcheck } from '@wharf/core';
import type { Fields } from './json-fields.js';
import type { JsonObject } from './json-value.js';
import { jsonList, jsonObject } from './json-write.js';
import { maxArgumentLength, maxArguments } from './limits.js';

const millisecond = 1_000_000;

/** Reads Docker's extension `Healthcheck`; a duration is 0 or at least a millisecond, as docker has it. */
export function readHealthcheck(fields: Fields): Healthcheck {
  return Object.freeze({
    test: readTest(fields),
    intervalNanos: readDuration(fields, 'Interval'),
    timeoutNanos: readDuration(fields, 'Timeout'),
    startPeriodNanos: readDuration(fields, 'StartPeriod'),
    startIntervalNanos: readDuration(fields, 'StartInterval'),
    retries: fields.count('Retries') ?? 0,
  });
}

/** The member `Healthcheck` of a config; zero durations are left out. */
export function writeHealthcheck(health: Healthcheck): JsonObject {
  return jsonObject([
    ['Test', jsonList(health.test)],
    ['Interval', Number(health.intervalNanos) || undefined],
    ['Timeout', Number(health.timeoutNanos) || undefined],
    ['StartPeriod', Number(health.startPeriodNanos) || undefined],
    ['StartInterval', Number(health.startIntervalNanos) || undefined],
    ['Retries', health.retries || undefined],
  ]);
}

function readTest(fields: Fields): readonly string[] {
  const test = fields.strings('Test', maxArguments, maxArgumentLength) ?? Object.freeze([]);
  const [kind] = test;
  const valid =
    kind === undefined ||
    (kind === 'NONE' && test.length === 1) ||
    (kind === 'CMD' && test.length > 1) ||
    (kind === 'CMD-SHELL' && test.length === 2);
  if (!valid) throw fields.fail('Test', 'must be ["NONE"], ["CMD", arg...] or ["CMD-SHELL", line]');
  return test;
}

function readDuration(fields: Fields, key: string): bigint {
  const nanos = fields.count(key) ?? 0;
  if (nanos !== 0 && nanos < millisecond) throw fields.fail(key, 'cannot be less than 1ms');
  return BigInt(nanos);
}
