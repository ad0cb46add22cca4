import { toWharfError } from '@wharf/core';
import { killCgroup, oomKills } from '@wharf/linux/native';
import { within } from '../clock.js';
import { HealthMonitor } from '../health/monitor.js';
import { exitCodeOf, type Ended } from '../process/reaper.js';
import { startProcess, type StartedProcess } from '../process/start.js';
import { restartDelay } from '../restart/policy.js';
import { unmountRoot } from '../rootfs/mount.js';
import { endStreams, removeRuntimeState } from './sweep.js';
import type { Run, Task } from './task.js';

/** Watchers hear of the end at latest after this, even if a reader of the output is slow. */
const tellAfterMs = 1000;

/** Starts the process once and watches over it. The caller holds the lock. */
export async function launch(task: Task): Promise<void> {
  const { host, streams } = task;
  // Before it can be killed; groups that an earlier run has left would count from there.
  const oomBefore = oomKills(task.place);
  const started = await startProcess(host, {
    runtime: task.runtime,
    subcommand: 'run',
    options: ['--bundle', host.configs],
    target: task.spec.id,
    command: task.command,
    stdio: { terminal: task.spec.terminal, stdin: task.spec.openStdin, output: true },
    size: task.spec.size,
    output: streams.output,
    input: streams.input,
    interruptible: (kill) => (task.interruptStart = kill),
  })
    .finally(() => (task.interruptStart = undefined))
    .catch(async (error: unknown) => {
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

/**
 * The container's first process has ended: recorded, then swept up, told to the watchers once it is on disk, and
 * started again if its policy says so.
 */
function onExit(task: Task, run: Run, ended: Ended): Promise<void> {
  return task.lock.run(async () => {
    task.monitor?.stop();
    task.monitor = undefined;
    const exitCode = exitCodeOf(ended);
    const oomKilled = oomKills(task.place) > run.oomBefore;
    const delay = restartDelay(task.restart, {
      exitCode,
      ranForMs: task.host.clock.monotonic() - run.startedMono,
      stopped: task.stoppedByUser,
      restartCount: task.restartCount,
      lastDelayMs: task.lastDelayMs,
    });
    const entries = [
      ...(oomKilled ? [task.journal.append({ $case: 'oom', value: {} })] : []),
      task.journal.append({ $case: 'exited', value: exitedValue(exitCode, oomKilled, '', delay) }),
    ];
    await killCgroup(task.place);
    const removed = removeRuntimeState(task);
    const drained = drain(task, run);
    await within(task.host.clock, tellAfterMs, drained);
    task.journal.sync();
    if (task.spec.unsynced) unmountRoot(task.host.native, task.spec.rootfs?.target ?? '');
    task.phase = { kind: 'stopped' };
    if (delay !== undefined) waitToRestart(task, exitCode, delay);
    task.streams = task.newStreams();
    for (const entry of entries) task.journal.publish(entry);
    await Promise.all([drained, removed]);
  });
}

function exitedValue(
  exitCode: number,
  oomKilled: boolean,
  error: string,
  delayMs: number | undefined,
) {
  const restart = delayMs === undefined ? {} : { restartDelayMillis: BigInt(Math.round(delayMs)) };
  return { exitCode, oomKilled, error, ...restart };
}

async function drain(task: Task, run: Run): Promise<void> {
  await Promise.all([
    run.output.finish(),
    run.input?.abandon(),
    ...[...task.execs.values()].map((exec) => exec.output.ended),
  ]);
}

function waitToRestart(task: Task, exitCode: number, delayMs: number): void {
  task.lastDelayMs = delayMs;
  const cancel = task.host.clock.after(delayMs, () => void restartNow(task));
  task.phase = { kind: 'restarting', cancel, exitCode };
}

function restartNow(task: Task): Promise<void> {
  return task.lock.run(async () => {
    if (task.phase.kind !== 'restarting') return;
    if (task.stoppedByUser) return endForGood(task, task.phase.exitCode, '');
    task.restartCount++;
    try {
      await launch(task);
    } catch (thrown) {
      const error = toWharfError(thrown);
      const exitCode = Number(error.facts['exitCode'] ?? 128);
      await endForGood(task, exitCode, error.message);
    }
  });
}

/** The policy is over: a restart failed, or a user stopped the container while it waited for one. */
export async function endForGood(task: Task, exitCode: number, error: string): Promise<void> {
  task.phase = { kind: 'stopped' };
  const value = exitedValue(exitCode, false, error, undefined);
  const entry = task.journal.append({ $case: 'exited', value });
  task.journal.sync();
  await endStreams(task);
  task.journal.publish(entry);
}
