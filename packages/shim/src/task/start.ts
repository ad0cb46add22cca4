import { toTimestamp, type StartTaskResponse } from '@wharf/api/shim';
import { FailedPreconditionError } from '@wharf/core';
import { launch } from './launch.js';
import { endStreams } from './sweep.js';
import type { Task } from './task.js';

/**
 * Runs the container's process, as a user's request: forgets earlier stops. A repeated call while it runs answers
 * with what runs.
 * @throws failed-precondition with facts.exitCode when the runtime refuses; nothing is left of the attempt
 */
export function startTask(task: Task): Promise<StartTaskResponse> {
  return task.lock.run(async () => {
    if (task.phase.kind === 'deleted') throw new FailedPreconditionError('the task is deleted');
    if (task.phase.kind === 'restarting') task.phase.cancel();
    if (task.phase.kind !== 'running') {
      task.stoppedByUser = false;
      task.lastDelayMs = 0;
      await launch(task).catch(async (error: unknown) => {
        await endStreams(task);
        throw error;
      });
    }
    const { pid, startTicks, startedAt } = task.run;
    return { pid, startTicks, startedAt: toTimestamp(startedAt) };
  });
}
