import { rm } from 'node:fs/promises';
import type { ContainerId } from '@wharf/core';
import type { Task } from '../ports.js';
import type { StepContext, StepPaths } from './context.js';
import type { Intent } from './intent.js';

/** What a step holds of the kernel and the disk. */
export interface Held {
  readonly id: ContainerId;
  readonly paths: StepPaths;
  readonly intent: Intent;
  /** The networks know it. */
  networked: boolean;
  /** Interfaces that are being made; never rejects. */
  settled: Promise<unknown>;
  /** A shim was asked for: the bundle is there. */
  spawned: boolean;
  task: Task | undefined;
}

const limitMs = 60_000;
/** A shim answers sooner, unless it hangs: then it is killed, and what it looks after too. */
const removeMs = 1500;

/**
 * All that the step holds goes: processes, runtime state, control groups, mounts, shim, networks; its directory last, so that
 * an absent one proves that nothing is left. What cannot be released throws when all else is, and stays for `adopt`.
 */
export async function releaseStep(context: StepContext, held: Held): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const results = await Promise.allSettled([
    endTask(context, held, signal),
    closeNetworks(context, held, signal),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await rm(held.paths.directory, { recursive: true, force: true });
}

/** For a step that has failed already: that is told, and this is logged. */
export async function releaseQuietly(context: StepContext, held: Held): Promise<void> {
  try {
    await releaseStep(context, held);
  } catch (error) {
    context.logger.error('what a build step held could not be released', { step: held.id, error });
  }
}

async function endTask(context: StepContext, held: Held, signal: AbortSignal): Promise<void> {
  const { task, id, paths, intent } = held;
  if (task !== undefined) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(removeMs)]);
      return await task.remove({ signal: limit });
    } catch (error) {
      context.logger.warn('the shim of a build step did not end by itself', { step: id, error });
    } finally {
      task.disconnect();
    }
  }
  if (!held.spawned) return;
  const shim = task === undefined ? {} : { shim: task.shim };
  await context.taskPort.cleanUp(id, { bundle: paths.bundle, ...intent, ...shim, signal });
}

async function closeNetworks(
  { networks }: StepContext,
  held: Held,
  signal: AbortSignal,
): Promise<void> {
  if (!held.networked) return;
  await held.settled;
  await networks.close(held.id, { signal });
  networks.forget(held.id);
}
