import type { Healthcheck } from '@wharf/core';
import type { TaskHealth } from './ports.js';

const second = 1_000_000_000n;

/** The caller's health check over the image's, field by field; ["NONE"] turns it off. */
export function effectiveHealthcheck(
  asked: Healthcheck | undefined,
  image: Healthcheck | undefined,
): Healthcheck | undefined {
  if (asked === undefined) return image;
  if (image === undefined) return asked;
  const pick = (a: bigint, b: bigint): bigint => (a === 0n ? b : a);
  return {
    test: asked.test.length > 0 ? asked.test : image.test,
    intervalNanos: pick(asked.intervalNanos, image.intervalNanos),
    timeoutNanos: pick(asked.timeoutNanos, image.timeoutNanos),
    startPeriodNanos: pick(asked.startPeriodNanos, image.startPeriodNanos),
    startIntervalNanos: pick(asked.startIntervalNanos, image.startIntervalNanos),
    retries: asked.retries === 0 ? image.retries : asked.retries,
  };
}

/** What the shim probes; no arguments where there is nothing to probe. Defaults are Docker's. */
export function taskHealth(healthcheck: Healthcheck | undefined): TaskHealth {
  const or = (value: bigint | undefined, fallback: bigint): bigint =>
    value === undefined || value === 0n ? fallback : value;
  return {
    args: probeArguments(healthcheck?.test ?? []),
    intervalNanos: or(healthcheck?.intervalNanos, 30n * second),
    timeoutNanos: or(healthcheck?.timeoutNanos, 30n * second),
    startPeriodNanos: or(healthcheck?.startPeriodNanos, 0n),
    startIntervalNanos: or(healthcheck?.startIntervalNanos, 5n * second),
    retries:
      healthcheck?.retries === undefined || healthcheck.retries === 0 ? 3 : healthcheck.retries,
  };
}

function probeArguments(test: readonly string[]): readonly string[] {
  const [kind, ...rest] = test;
  if (kind === 'CMD') return rest;
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', ...rest];
  return [];
}
