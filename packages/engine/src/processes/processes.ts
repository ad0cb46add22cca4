import { randomBytes } from 'node:crypto';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  parseExecId,
  type CallOptions,
  type ExecId,
  type ExecSession,
  type OutputChunk,
  type Processes,
  type ProcessSpec,
} from '@wharf/core';
import type { ContainerContext } from '../containers/dependencies.js';
import type { Task, TaskStreams } from '../containers/ports.js';
import { execEnvironment } from './environment.js';

/** Further processes in running containers. */
export function createProcesses(context: ContainerContext): Processes {
  const { records, execs } = context;
  return {
    exec: (container, spec, options) => execProcess(context, container, spec, options),
    get(id) {
      const found = execs.find(id);
      return found === undefined
        ? Promise.reject(new NotFoundError('exec process', id))
        : Promise.resolve(found);
    },
    list: (container) => Promise.resolve(execs.listOf(records.lookup(container).id)),
  };
}

async function execProcess(
  context: ContainerContext,
  ref: string,
  spec: ProcessSpec,
  { signal }: CallOptions,
): Promise<ExecSession> {
  const { records, tasks, execs } = context;
  const record = records.lookup(ref);
  const { id: containerId, name } = record;
  if (spec.args.length === 0) throw new InvalidArgumentError('no exec command specified');
  if (record.state.status === 'paused') {
    throw new FailedPreconditionError(
      `container ${name} is paused, unpause the container before exec`,
    );
  }
  if (record.state.status === 'restarting') {
    throw new FailedPreconditionError(
      `container ${name} is restarting, wait until the container is running`,
    );
  }
  const task = tasks.running(containerId);
  const id = parseExecId(randomBytes(32).toString('hex'));
  execs.add(id, containerId, spec);
  const attributes = { execID: id };
  records.publish(containerId, { action: `exec_create: ${spec.args.join(' ')}`, attributes });
  try {
    const { pid } = await task.exec(
      {
        execId: id,
        args: spec.args,
        env: execEnvironment(spec, record.resolved.env),
        user: spec.user ?? '',
        workdir: spec.workdir ?? '',
        terminal: spec.terminal,
        openStdin: spec.attachStdin,
        privileged: spec.privileged,
        attach: !spec.detach,
        ...(spec.size === undefined ? {} : { size: spec.size }),
      },
      { signal },
    );
    execs.started(id, pid);
    records.publish(containerId, { action: `exec_start: ${spec.args.join(' ')}`, attributes });
    return spec.detach ? detached(id, pid) : await attached(context, task, id, pid, spec, signal);
  } catch (error) {
    execs.forget(id);
    throw error;
  }
}

function detached(id: ExecId, pid: number): ExecSession {
  return {
    id,
    pid,
    output: nothing(),
    exitCode: Promise.resolve(0),
    write: () => Promise.resolve(),
    closeStdin: () => Promise.resolve(),
    close: () => Promise.resolve(),
    resize: () => Promise.resolve(),
  };
}

async function* nothing(): AsyncIterable<OutputChunk> {
  yield* [];
}

async function attached(
  context: ContainerContext,
  task: Task,
  id: ExecId,
  pid: number,
  spec: ProcessSpec,
  signal: AbortSignal,
): Promise<ExecSession> {
  const selection = {
    stdin: spec.attachStdin,
    stdout: spec.attachStdout,
    stderr: spec.attachStderr,
  };
  const streams: TaskStreams = await task.attach(id, selection, { signal });
  const exitCode = streams.exitCode.then((code) => {
    context.execs.ended(id, code ?? 0);
    return code ?? 0;
  });
  exitCode.catch(() => undefined);
  return {
    id,
    pid,
    exitCode,
    output: streams.output,
    write: (data) => streams.write(data),
    closeStdin: () => streams.closeStdin(),
    close: () => streams.close(),
    resize: (rows, columns) => task.resize(id, rows, columns, { signal }),
  };
}
