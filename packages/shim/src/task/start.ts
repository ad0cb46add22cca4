import type { StartTaskResponse } from '@wharf/api/shim';
import { toTimestamp } from '@wharf/api/shim';
import { FailedPreconditionError, isWharfError } from '@wharf/core';
import { oomKills, removeCgroup } from '@wharf/linux/native';
import { HealthMonitor } from '../health/monitor.js';
import { startProcess, type StartedProcess } from '../process/start.js';
import { callRuntime } from '../runtime/call.js';
import { onExit } from './exited.js';
import type { Run, Task } from './task.js';

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
      await launch(task);
    }
    const { pid, startTicks, startedAt } = task.run;
    return { pid, startTicks, startedAt: toTimestamp(startedAt) };
  });
}

/** Starts the process once and watches over it. The caller holds the lock. */
export async function launch(task: Task): Promise<void> {
  const { host, streams } = task;
  // Before it can be killed; groups that an earlier run has left would count from there.
  const oomBefore = oomKills(task.place);
  const started = await startProcess(host, {
    runtime: task.runtime,
    subcommand: 'run',
    options: ['--bundle', host.bundle],
    target: task.spec.id,
    command: task.command,
    stdio: { terminal: task.spec.terminal, stdin: task.spec.openStdin, output: true },
    size: task.spec.size,
    output: streams.output,
    input: streams.input,
  }).catch(async (error: unknown) => {
    await removeRuntimeState(task);
    throw error;
  });
  const run = watchOver(task, started, oomBefore);
  task.phase = { kind: 'running', run, paused: false };
  task.journal.record({
    $case: 'started',
    value: {
      pid: run.pid,
      startTicks: run.startTicks,
      restartCount: task.restartCount,
      bootId: host.bootId,
    },
  });
  task.monitor = HealthMonitor.start(task, run);
}

function watchOver(task: Task, started: StartedProcess, oomBefore: bigint): Run {
  let over: () => void = () => undefined;
  const run: Run = {
    ...started,
    ...task.streams,
    startedAt: task.host.clock.now(),
    startedMono: task.host.clock.monotonic(),
    oomBefore,
    over: new Promise((resolve) => (over = resolve)),
  };
  void started.ended.then((ended) => onExit(task, run, ended)).then(over, over);
  return run;
}

/** `runtime delete --force` and whatever control groups it leaves. Failures do not matter: what is left is seen later. */
export async function removeRuntimeState(task: Task): Promise<void> {
  const call = { runtime: task.runtime, args: ['delete', '--force', task.spec.id] };
  await callRuntime(task.host, call).catch((error: unknown) => {
    if (!isWharfError(error)) throw error;
  });
  removeCgroup(task.place);
}
