import type { ContainerSpec, Healthcheck, RestartPolicy } from '@wharf/core';
import { invalid, quoted } from './names.js';

const kinds = ['no', 'on-failure', 'always', 'unless-stopped'];
const leastDuration = 1_000_000n;
const maxDuration = 2n ** 63n - 1n;
const maxRetries = 2 ** 31 - 1;

/** Restart policy, --rm and health check. */
export function checkLifecycle({ restart, autoRemove, healthcheck }: ContainerSpec): void {
  checkRestart(restart);
  if (autoRemove && restart.kind !== 'no') {
    throw invalid('conflicting options: cannot specify both --restart and --rm', '--restart');
  }
  if (healthcheck !== undefined) checkHealthcheck(healthcheck);
}

function checkRestart({ kind, maximumRetryCount: retries }: RestartPolicy): void {
  if (!kinds.includes(kind)) throw invalid(`invalid restart policy '${quoted(kind)}'`, '--restart');
  if (retries === 0) return;
  if (kind !== 'on-failure') {
    throw invalid(
      `invalid restart policy: maximum retry count can only be used with 'on-failure'`,
      '--restart',
    );
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > maxRetries) {
    throw invalid('invalid restart policy: maximum retry count cannot be negative', '--restart');
  }
}

function checkHealthcheck(health: Healthcheck): void {
  const durations: readonly (readonly [string, string, bigint])[] = [
    ['interval', '--health-interval', health.intervalNanos],
    ['timeout', '--health-timeout', health.timeoutNanos],
    ['start period', '--health-start-period', health.startPeriodNanos],
    ['start interval', '--health-start-interval', health.startIntervalNanos],
  ];
  for (const [what, flag, nanos] of durations) {
    if (nanos !== 0n && nanos < leastDuration) {
      throw invalid(`${what} in healthcheck cannot be less than 1ms`, flag);
    }
    if (nanos > maxDuration) throw invalid(`${what} in healthcheck is too long`, flag);
  }
  if (!Number.isInteger(health.retries) || health.retries < 0 || health.retries > maxRetries) {
    throw invalid('retries in healthcheck cannot be negative', '--health-retries');
  }
  const [kind] = health.test;
  if (kind !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw invalid(`unknown type ${quoted(kind)} in healthcheck (expected 'CMD')`, '--health-cmd');
  }
  if (health.test.length === 1 && kind !== 'NONE') {
    throw invalid('the healthcheck has no command', '--health-cmd');
  }
}
