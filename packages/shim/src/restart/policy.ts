/** no | on-failure | always | unless-stopped, and for on-failure the most restarts (0: no limit). */
export interface RestartRule {
  readonly kind: string;
  readonly maximumRetryCount: number;
}

/** How one run ended. */
export interface Ending {
  readonly exitCode: number;
  readonly ranForMs: number;
  /** Stopped or killed by a user since it was started. */
  readonly stopped: boolean;
  readonly restartCount: number;
  /** The delay before this run; 0 for the first. */
  readonly lastDelayMs: number;
}

const firstDelayMs = 100;
const longestDelayMs = 60_000;
const steadyMs = 10_000;

/** The delay before the next run, or undefined when there is none. Docker's numbers: 100 ms doubled up to a minute, from 100 ms again after 10 s of running. */
export function restartDelay(rule: RestartRule, ending: Ending): number | undefined {
  if (ending.stopped || !wanted(rule, ending)) return undefined;
  if (ending.lastDelayMs === 0 || ending.ranForMs >= steadyMs) return firstDelayMs;
  return Math.min(ending.lastDelayMs * 2, longestDelayMs);
}

function wanted(rule: RestartRule, ending: Ending): boolean {
  if (rule.kind === 'always' || rule.kind === 'unless-stopped') return true;
  if (rule.kind !== 'on-failure' || ending.exitCode === 0) return false;
  return rule.maximumRetryCount === 0 || ending.restartCount < rule.maximumRetryCount;
}
