import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistryLimits } from '../config.js';
import { cancellation, PassingFault } from '../fault.js';

/** Retry-After as milliseconds from now (RFC 9110, 10.2.3); undefined for what is neither seconds nor a date. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value.length > 64) return undefined;
  const seconds = Number(value);
  if (value.trim() !== '' && Number.isFinite(seconds)) {
    return seconds < 0 ? undefined : seconds * 1000;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The pause before try number `tries + 1`: what the server asked for, clamped; else doubling, with jitter. */
export function pauseMs(fault: PassingFault, tries: number, limits: RegistryLimits): number {
  if (fault.retryAfterMs !== undefined) {
    return Math.min(fault.retryAfterMs, limits.retryAfterMaxMs);
  }
  const full = Math.min(limits.backoffMs * 2 ** (tries - 1), limits.backoffMaxMs);
  return full / 2 + (Math.random() * full) / 2;
}

/** Waits before another try, or throws `error` when there is none to be had. */
export async function pauseOrThrow(
  error: unknown,
  state: { readonly tries: number; readonly answeredBefore: boolean },
  limits: RegistryLimits,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) throw cancellation(signal);
  if (!(error instanceof PassingFault) || state.tries >= limits.attempts) throw error;
  if (error.retry === 'midway' && !state.answeredBefore) throw error;
  try {
    await sleep(pauseMs(error, state.tries, limits), undefined, { signal });
  } catch {
    throw cancellation(signal);
  }
}

/** Runs `work` until it succeeds, fails for good, or has been tried `limits.attempts` times. */
export async function retrying<T>(
  limits: RegistryLimits,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      await pauseOrThrow(error, { tries, answeredBefore: false }, limits, signal);
    }
  }
}
