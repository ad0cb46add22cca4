import { FailedPreconditionError, WharfError } from '@wharf/core';
import { isFrozen, setFrozen } from '@wharf/linux/native';
import type { Task } from './task.js';

const freezeWaitMs = 5000;

/** Stops every process by the freezer. A process that cannot be frozen in time makes it fail, and all run on. */
export async function pauseTask(task: Task): Promise<void> {
  const { phase } = task;
  if (phase.kind !== 'running') throw new FailedPreconditionError('the container is not running');
  if (phase.paused) throw new FailedPreconditionError('the container is already paused');
  if (!setFrozen(task.place, true)) {
    throw new WharfError('unimplemented', 'this host has no freezer control group');
  }
  phase.paused = true;
  task.monitor?.pause();
  const deadline = task.host.clock.monotonic() + freezeWaitMs;
  // The kernel notifies nobody of this on v1; it takes microseconds.
  for (let wait = 1; !isFrozen(task.place); wait = Math.min(wait * 2, 50)) {
    if (task.host.clock.monotonic() > deadline) {
      thaw(task);
      throw new WharfError('unavailable', 'the container cannot be frozen');
    }
    await new Promise<void>((resolve) => task.host.clock.after(wait, resolve));
  }
}

/** The opposite of `pauseTask`. */
export function resumeTask(task: Task): void {
  const { phase } = task;
  if (phase.kind !== 'running') throw new FailedPreconditionError('the container is not running');
  if (!phase.paused) throw new FailedPreconditionError('the container is not paused');
  thaw(task);
}

function thaw(task: Task): void {
  if (task.phase.kind !== 'running') return;
  setFrozen(task.place, false);
  task.phase.paused = false;
  task.monitor?.resume();
}
