import type { Healthcheck } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { parseDecimal, quote } from '../chars.js';
import { parseDuration } from '../duration.js';
import { atLeastOne, readFlags, readJsonForm } from './instruction.js';

const flagNames = ['interval', 'timeout', 'start-period', 'start-interval', 'retries'];
const millisecond = 1_000_000n;

/** What HEALTHCHECK says: `NONE`, or `[--flags] CMD <json or shell line>`. Durations that are not given are 0: the daemon's. */
export function readHealthChange(text: string): Healthcheck {
  const { flags, rest } = readFlags(text, flagNames);
  const [type = ''] = rest.split(/\s/, 1);
  const command = rest.slice(type.length).trim();
  switch (type.toUpperCase()) {
    case '':
      throw atLeastOne('HEALTHCHECK');
    case 'NONE':
      if (command !== '' || flags.size > 0)
        throw new InvalidArgumentError('HEALTHCHECK NONE takes no arguments');
      return { ...noTimes, test: ['NONE'] };
    case 'CMD':
      return { ...readTimes(flags), test: readTest(command) };
    default:
      throw new InvalidArgumentError(`Unknown type ${quote(type)} in HEALTHCHECK (try CMD)`);
  }
}

const noTimes = {
  intervalNanos: 0n,
  timeoutNanos: 0n,
  startPeriodNanos: 0n,
  startIntervalNanos: 0n,
  retries: 0,
};

function readTest(command: string): readonly string[] {
  const json = readJsonForm(command);
  if (command === '' || json?.length === 0)
    throw new InvalidArgumentError('Missing command after HEALTHCHECK CMD');
  return json === undefined ? ['CMD-SHELL', command] : ['CMD', ...json];
}

function readTimes(flags: ReadonlyMap<string, string>): Omit<Healthcheck, 'test'> {
  return {
    intervalNanos: readTime(flags, 'interval'),
    timeoutNanos: readTime(flags, 'timeout'),
    startPeriodNanos: readTime(flags, 'start-period'),
    startIntervalNanos: readTime(flags, 'start-interval'),
    retries: readRetries(flags.get('retries') ?? ''),
  };
}

function readTime(flags: ReadonlyMap<string, string>, name: string): bigint {
  const text = flags.get(name) ?? '';
  if (text === '') return 0n;
  const nanos = parseDuration(text);
  if (nanos !== 0n && nanos < millisecond)
    throw new InvalidArgumentError(`Interval ${quote(name)} cannot be less than 1ms`);
  return nanos;
}

function readRetries(text: string): number {
  if (text === '') return 0;
  const count = parseDecimal(text);
  if (count === undefined)
    throw new InvalidArgumentError(`--retries must be a number that is not negative (${text})`);
  return count;
}
