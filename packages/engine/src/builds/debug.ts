import { FailedPreconditionError } from '@wharf/core';
import type { Logger } from '../containers/dependencies.js';
import type { BuildsContext, KeptFailure } from './context.js';
import type { FailedStep } from './executor.js';

const keptMs = 10 * 60 * 1000;

/** Keeps what failed steps have left for ten minutes, one for each build. */
export function failureKeeper(
  failed: Map<string, KeptFailure>,
  logger: Logger,
): (buildId: string, step: FailedStep) => void {
  return (buildId, step) => {
    const before = failed.get(buildId);
    const timer = setTimeout(() => drop(buildId), keptMs);
    timer.unref();
    failed.set(buildId, { step, timer });
    if (before !== undefined) void dispose(before, logger);
  };
  function drop(buildId: string): void {
    const kept = failed.get(buildId);
    failed.delete(buildId);
    if (kept !== undefined) void dispose(kept, logger);
  }
}

export async function dispose({ step, timer }: KeptFailure, logger: Logger): Promise<void> {
  clearTimeout(timer);
  try {
    await step[Symbol.asyncDispose]();
  } catch (error) {
    logger.warn('what a failed step has left cannot be removed', { error });
  }
}

export function failedStep({ records, failed }: BuildsContext, ref: string): FailedStep {
  const { id } = records.get(ref);
  const kept = failed.get(id);
  if (kept !== undefined) return kept.step;
  throw new FailedPreconditionError(
    `build ${id} keeps no failed step: build it with --debug, and look within ten minutes`,
  );
}
