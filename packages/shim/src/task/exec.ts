import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecTaskRequest } from '@wharf/api/shim';
import { AlreadyExistsError, FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { oomKills } from '@wharf/linux/native';
import { Input } from '../io/input.js';
import { Output } from '../io/output.js';
import { noLog } from '../log/writer.js';
import { exitCodeOf, type Ended } from '../process/reaper.js';
import { startProcess, type ProcessSpec, type StartedProcess } from '../process/start.js';
import { lookUpUser } from '../rootfs/accounts.js';
import { allCapabilities } from '../runtime/capabilities.js';
import { mergeEnv, withUser, type ProcessConfig } from '../runtime/config.js';
import type { Exec, Task } from './task.js';

/** How long output is kept back for an attach that may never come. */
const attachWaitMs = 10_000;
/** How long the end of an exec process is remembered for attaches that come late. */
const rememberMs = 60_000;

/** Runs a further process in the running container. With `attach` its output waits for the first attach. */
export async function execTask(task: Task, request: ExecTaskRequest): Promise<{ pid: number }> {
  if (request.execId === '') throw new InvalidArgumentError('an exec needs an id');
  if (task.execs.has(request.execId)) {
    throw new AlreadyExistsError(`exec ${request.execId} exists`);
  }
  const { run } = task;
  if (task.phase.kind === 'running' && task.phase.paused) {
    throw new FailedPreconditionError('the container is paused, resume it first');
  }
  const output = new Output(task.host, noLog(), request.attach ? attachWaitMs : 0);
  const input = request.openStdin || request.terminal ? new Input() : undefined;
  const started = await startExec(task, request, { output, input });
  const exec: Exec = {
    ...started,
    id: request.execId,
    startedAt: task.host.clock.now(),
    output,
    input,
    exitCode: undefined,
  };
  task.execs.set(exec.id, exec);
  void started.ended.then((ended) => execEnded(task, exec, ended, run.oomBefore));
  return { pid: exec.pid };
}

async function execEnded(task: Task, exec: Exec, ended: Ended, oomBefore: bigint): Promise<void> {
  exec.exitCode = exitCodeOf(ended);
  void exec.input?.abandon();
  await exec.output.finish();
  if (ended.signal === 9 && oomKills(task.place) > oomBefore) {
    task.journal.record({ $case: 'oom', value: {} });
  }
  task.journal.record({
    $case: 'execExited',
    value: { execId: exec.id, exitCode: exec.exitCode },
  });
  task.host.clock.after(rememberMs, () => void task.execs.delete(exec.id));
}

/** Writes the process file and calls `runtime exec`. */
export async function startExec(
  task: Task,
  request: ExecTaskRequest,
  io: Pick<ProcessSpec, 'output' | 'input'> & { readonly merged?: boolean },
): Promise<StartedProcess> {
  const path = join(task.host.configs, `process.${crypto.randomUUID()}.json`);
  writeFileSync(path, JSON.stringify(processOf(task, request)), { mode: 0o600 });
  try {
    return await startProcess(task.host, {
      runtime: task.runtime,
      subcommand: 'exec',
      options: ['--process', path],
      target: task.spec.id,
      command: request.args[0] ?? '',
      stdio: {
        terminal: request.terminal,
        stdin: request.openStdin,
        output: request.attach,
        merged: io.merged ?? false,
      },
      size: request.size,
      ...io,
    });
  } finally {
    unlinkSync(path);
  }
}

function processOf(task: Task, request: ExecTaskRequest): ProcessConfig {
  const base = task.execProcess;
  const user =
    request.user === ''
      ? task.user
      : lookUpUser(task.host.native, rootOf(task), { user: request.user, groupAdd: [] });
  const { size } = request;
  const process = withUser(
    {
      ...base,
      terminal: request.terminal,
      args: request.args,
      env: mergeEnv(base.env ?? [], request.env),
      cwd: request.workdir === '' ? (base.cwd ?? '/') : request.workdir,
      ...(size === undefined ? {} : { consoleSize: { height: size.rows, width: size.columns } }),
    },
    user,
  );
  return request.privileged ? privileged(process) : process;
}

function privileged(process: ProcessConfig): ProcessConfig {
  const all = allCapabilities();
  const { apparmorProfile: _dropped, ...rest } = process;
  return { ...rest, capabilities: { bounding: all, effective: all, permitted: all } };
}

function rootOf(task: Task): string {
  return task.spec.rootfs?.target ?? '';
}
