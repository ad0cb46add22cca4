import fc from 'fast-check';
import type { Healthcheck } from '@wharf/core';
import { int64, natural, texts } from './values.js';

export const healthcheck: fc.Arbitrary<Healthcheck> = fc.record({
  test: texts,
  intervalNanos: int64,
  timeoutNanos: int64,
  startPeriodNanos: int64,
  startIntervalNanos: int64,
  retries: natural,
});
