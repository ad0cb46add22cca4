export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** Durations in milliseconds, Docker's defaults filled in. */
export interface HealthSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
  readonly retries: number;
}

export interface Health {
  readonly status: HealthStatus;
  readonly failingStreak: number;
}

const defaults = { interval: 30_000, timeout: 30_000, startInterval: 5_000, retries: 3 };

/** 0 means Docker's default; the start period defaults to none. */
export function healthSettings(rule: {
  readonly intervalNanos: bigint;
  readonly timeoutNanos: bigint;
  readonly startPeriodNanos: bigint;
  readonly startIntervalNanos: bigint;
  readonly retries: number;
}): HealthSettings {
  return {
    intervalMs: milliseconds(rule.intervalNanos, defaults.interval),
    timeoutMs: milliseconds(rule.timeoutNanos, defaults.timeout),
    startPeriodMs: milliseconds(rule.startPeriodNanos, 0),
    startIntervalMs: milliseconds(rule.startIntervalNanos, defaults.startInterval),
    retries: rule.retries > 0 ? rule.retries : defaults.retries,
  };
}

function milliseconds(nanos: bigint, fallback: number): number {
  return nanos > 0n ? Math.max(Number(nanos) / 1e6, 1) : fallback;
}

export const newHealth: Health = { status: 'starting', failingStreak: 0 };

/** What a probe that ended `sinceStartMs` after the container's start makes of its health. */
export function afterProbe(
  settings: HealthSettings,
  health: Health,
  probe: { readonly passed: boolean; readonly sinceStartMs: number },
): Health {
  if (probe.passed) return { status: 'healthy', failingStreak: 0 };
  // Failures do not count while the container has never been healthy and is still in its start period.
  const excused = health.status === 'starting' && probe.sinceStartMs < settings.startPeriodMs;
  if (excused) return health;
  const failingStreak = health.failingStreak + 1;
  const failed = failingStreak >= settings.retries;
  return { status: failed ? 'unhealthy' : health.status, failingStreak };
}

/** Milliseconds from the end of one probe (or the start) to the next. */
export function probeDelay(settings: HealthSettings, health: Health, sinceStartMs: number): number {
  const starting = health.status === 'starting' && sinceStartMs < settings.startPeriodMs;
  return starting ? settings.startIntervalMs : settings.intervalMs;
}
