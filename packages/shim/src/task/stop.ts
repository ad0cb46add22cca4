import type { StopTaskRequest } from '@wharf/api/shim';
import { killCgroup, sendSignal, setFrozen } from '@wharf/linux/native';
import { WharfError } from '@wharf/core';
import { parseSignal } from '@wharf/oci';
import { within } from '../clock.js';
import { endForGood } from './launch.js';
import type { Task } from './task.js';

const killWaitMs = 10_000;

/**
 * The stop signal, after the grace period SIGKILL to all; ends the restart policy. Answers when the end has been
 * dealt with. Nothing to do when nothing runs.
 */
export async function stopTask(task: Task, request: StopTaskRequest): Promise<void> {
  const text = request.signal === '' ? task.spec.stopSignal : request.signal;
  const signal = parseSignal(text === '' ? 'SIGTERM' : text);
  const seconds = request.timeoutSeconds ?? task.spec.stopTimeoutSeconds;
  task.stoppedByUser = true;
  await cancelRestart(task);
  if (task.phase.kind !== 'running') return;
  const { run } = task.phase;
  sendSignal(run.pid, signal);
  thaw(task);
  if (seconds < 0) await run.over;
  else if (!(await within(task.host.clock, seconds * 1000, run.over))) await killAll(task);
  // It may have ended by itself just before, and wait for its restart.
  await cancelRestart(task);
}

/** A container that waits for its restart ends instead. */
export function cancelRestart(task: Task): Promise<void> {
  if (task.phase.kind !== 'restarting') return Promise.resolve();
  return task.lock.run(async () => {
    if (task.phase.kind !== 'restarting') return;
    task.phase.cancel();
    await endForGood(task, task.phase.exitCode, '');
  });
}

/** SIGKILL to every process; resolves when the end has been dealt with. unavailable when they do not die (D state). */
export async function killAll(task: Task): Promise<void> {
  if (task.phase.kind !== 'running') return;
  const { run } = task.phase;
  sendSignal(run.pid, 9);
  thaw(task);
  void killCgroup(task.place);
  if (await within(task.host.clock, killWaitMs, run.over)) return;
  throw new WharfError(
    'unavailable',
    'the container does not die: a process may hang in the kernel',
  );
}

function thaw(task: Task): void {
  if (task.phase.kind !== 'running' || !task.phase.paused) return;
  setFrozen(task.place, false);
  task.phase.paused = false;
  task.monitor?.resume();
}
