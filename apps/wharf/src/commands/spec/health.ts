import { InvalidArgumentError, type Healthcheck } from '@wharf/core';
import type { SpecFlags } from './flags.js';

type HealthFlags = Pick<
  SpecFlags,
  | 'healthCmd'
  | 'healthInterval'
  | 'healthTimeout'
  | 'healthStartPeriod'
  | 'healthStartInterval'
  | 'healthRetries'
  | 'noHealthcheck'
>;

/** The health check that flags ask for; undefined leaves the image's. @throws InvalidArgumentError */
export function healthcheckOf(flags: HealthFlags): Healthcheck | undefined {
  const times = {
    intervalNanos: notNegative('interval', flags.healthInterval),
    timeoutNanos: notNegative('timeout', flags.healthTimeout),
    startPeriodNanos: notNegative('start-period', flags.healthStartPeriod),
    startIntervalNanos: notNegative('start-interval', flags.healthStartInterval),
  };
  const retries = flags.healthRetries;
  if (retries < 0) throw new InvalidArgumentError('--health-retries cannot be negative');
  const command = flags.healthCmd ?? '';
  const isSet =
    command !== '' || retries !== 0 || Object.values(times).some((nanos) => nanos !== 0n);
  if (flags.noHealthcheck) {
    if (isSet) throw new InvalidArgumentError('--no-healthcheck conflicts with --health-* options');
    return { test: ['NONE'], ...times, retries };
  }
  if (!isSet) return undefined;
  return { test: command === '' ? [] : ['CMD-SHELL', command], ...times, retries };
}

function notNegative(name: string, nanos: bigint): bigint {
  if (nanos < 0n) throw new InvalidArgumentError(`--health-${name} cannot be negative`);
  return nanos;
}
