import {
  FailedPreconditionError,
  type AttachRequest,
  type AttachSession,
  type CallOptions,
  type OutputChunk,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { readLog } from './logs/read.js';
import type { ContainerRecord } from './records.js';
import type { TaskStreams } from './ports.js';

/**
 * Attaches to a running container, or registers for one that is about to be started. Leaving never ends the container.
 */
export async function attachContainer(
  context: ContainerContext,
  ref: string,
  request: AttachRequest,
  { signal }: CallOptions,
): Promise<AttachSession> {
  const { records, tasks, pending } = context;
  const record = records.lookup(ref);
  const { id, name, state } = record;
  if (state.status === 'paused') {
    throw new FailedPreconditionError(
      `you cannot attach to a paused container, unpause ${name} first`,
    );
  }
  if (state.status === 'restarting') {
    throw new FailedPreconditionError(
      `you cannot attach to a restarting container, wait until ${name} is running`,
    );
  }
  if (state.status === 'removing' || state.status === 'dead') {
    throw new FailedPreconditionError(`container ${name} is ${state.status}`);
  }
  const wanted = { ...request, stdin: request.stdin && record.spec.openStdin };
  const streams =
    state.status === 'running'
      ? await tasks.running(id).attach('', wanted, { signal })
      : lateStreams(pending.wait(id, wanted, signal));
  records.publish(id, { action: 'attach' });
  return {
    id,
    terminal: record.spec.terminal,
    output: request.logs ? withLogs(record, request, streams.output, signal) : streams.output,
    write: (data) => streams.write(data),
    closeStdin: () => streams.closeStdin(),
    close: () => streams.close(),
  };
}

/** The streams of a container that has not been started yet; input waits for it. */
function lateStreams(attached: Promise<TaskStreams>): TaskStreams {
  const exitCode = attached.then((streams) => streams.exitCode);
  // Whoever reads the output is told; nobody need ask for the code.
  exitCode.catch(() => undefined);
  let closed = false;
  return {
    output: lateOutput(attached),
    exitCode,
    write: async (data) => (await attached).write(data),
    closeStdin: async () => (await attached).closeStdin(),
    close: () => {
      closed = true;
      attached.then((streams) => (closed ? streams.close() : undefined)).catch(() => undefined);
      return Promise.resolve();
    },
  };
}

async function* lateOutput(attached: Promise<TaskStreams>): AsyncIterable<OutputChunk> {
  yield* (await attached).output;
}

async function* withLogs(
  record: ContainerRecord,
  request: AttachRequest,
  live: AsyncIterable<OutputChunk>,
  signal: AbortSignal,
): AsyncIterable<OutputChunk> {
  const { stdout, stderr } = request;
  const query = { stdout, stderr, follow: false };
  for await (const chunk of readLog(record.resolved.logPath, query, { signal })) {
    for (const { stream, data } of chunk) yield { stream, data };
  }
  yield* live;
}
