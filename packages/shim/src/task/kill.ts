import type { KillTaskRequest } from '@wharf/api/shim';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '@wharf/core';
import { cgroupPids, sendSignal, setFrozen } from '@wharf/linux/native';
import { parseSignal } from '@wharf/oci';
import { cancelRestart } from './stop.js';
import type { Task } from './task.js';

const sigkill = 9;
const sigterm = 15;

/**
 * Sends one signal to a process that we have not reaped, so that the pid is still its own. A signal that means to
 * end the container also ends its restart policy, as with `docker kill`.
 */
export async function killTask(task: Task, request: KillTaskRequest): Promise<void> {
  const { signal, execId, all } = request;
  if (signal < 0 || signal > 64) throw new InvalidArgumentError(`invalid signal: ${signal}`);
  if (execId !== '') return killExec(task, execId, signal);
  const ends = signal === sigkill || signal === sigterm || signal === stopSignal(task);
  if (task.phase.kind === 'restarting' && ends) {
    task.stoppedByUser = true;
    return cancelRestart(task);
  }
  const { run } = task;
  if (ends) task.stoppedByUser = true;
  if (all) for (const pid of cgroupPids(task.place)) sendSignal(pid, signal);
  else if (!sendSignal(run.pid, signal))
    throw new FailedPreconditionError('the container has ended');
  // A frozen process dies of SIGKILL only once it thaws (cgroup v1).
  if (signal === sigkill && task.phase.kind === 'running' && task.phase.paused) {
    setFrozen(task.place, false);
  }
}

function stopSignal(task: Task): number {
  return task.spec.stopSignal === '' ? sigterm : parseSignal(task.spec.stopSignal);
}

function killExec(task: Task, execId: string, signal: number): void {
  const exec = task.execs.get(execId);
  if (exec === undefined) throw new NotFoundError('exec', execId);
  if (exec.exitCode !== undefined || !sendSignal(exec.pid, signal)) {
    throw new FailedPreconditionError('the exec process has ended');
  }
}
