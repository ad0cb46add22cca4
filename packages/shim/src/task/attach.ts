import {
  AttachTaskRequest,
  AttachTaskResponse,
  attachOutputPrefix,
  type AttachOpen,
  type ServerStream,
} from '@wharf/api/shim';
import { FailedPreconditionError, InvalidArgumentError, NotFoundError } from '@wharf/core';
import type { Input } from '../io/input.js';
import type { Output, Subscriber } from '../io/output.js';
import type { Task } from './task.js';

interface Target {
  readonly output: Output;
  readonly input: Input | undefined;
  /** The first client that leaves takes standard input with it. */
  readonly once: boolean;
  readonly terminal: boolean;
  exitCode(): number | undefined;
}

/**
 * Streams of the container's process (also before it is started) or of an exec process. Ends when the output has
 * ended; a client that leaves holds nobody back.
 */
export async function attachTask(task: Task, stream: ServerStream): Promise<undefined> {
  const open = openFrame(await stream.receive());
  const target = find(task, open.execId);
  const leave = target.output.subscribe(subscriber(stream, open));
  try {
    await send(stream, { $case: 'ready', value: {} });
    const typing = open.stdin ? typeInto(stream, target) : watchClient(stream);
    await Promise.race([target.output.ended, aborted(stream.signal)]);
    const exitCode = target.exitCode();
    await send(stream, { $case: 'end', value: exitCode === undefined ? {} : { exitCode } });
    // Never rejects: it ends with the connection, which the response of this call lets go.
    void typing;
    return undefined;
  } finally {
    leave();
  }
}

function openFrame(message: Uint8Array | undefined): AttachOpen {
  const frame = message === undefined ? undefined : AttachTaskRequest.decode(message).frame;
  if (frame?.$case === 'open') return frame.value;
  throw new InvalidArgumentError('an attach begins with its open frame');
}

function find(task: Task, execId: string): Target {
  if (execId !== '') {
    const exec = task.execs.get(execId);
    if (exec === undefined) throw new NotFoundError('exec', execId);
    return {
      output: exec.output,
      input: exec.input,
      once: true,
      terminal: exec.terminal !== undefined,
      exitCode: () => exec.exitCode,
    };
  }
  const { kind } = task.phase;
  if (kind === 'stopped' || kind === 'deleted') {
    throw new FailedPreconditionError('the container has ended');
  }
  const { stdinOnce, terminal } = task.spec;
  return { ...task.streams, once: stdinOnce, terminal, exitCode: () => undefined };
}

function subscriber(stream: ServerStream, open: AttachOpen): Subscriber {
  return {
    stdout: open.stdout,
    stderr: open.stderr,
    // One frame: what is read at once is far from the largest that ttrpc has, and the other side takes it in parts.
    push: (name, chunk) => stream.send(attachOutputPrefix(name, chunk.length), chunk),
  };
}

function send(
  stream: ServerStream,
  frame: NonNullable<AttachTaskResponse['frame']>,
): Promise<void> | undefined {
  return stream.send(AttachTaskResponse.encode({ frame }).finish());
}

/** What the client types, until it leaves or closes. */
async function typeInto(stream: ServerStream, target: Target): Promise<void> {
  const { input } = target;
  for (let m = await stream.receive(); m !== undefined; m = await stream.receive()) {
    const frame = AttachTaskRequest.decode(m).frame;
    if (frame?.$case === 'stdinClose') break;
    if (frame?.$case === 'stdin') await input?.write(frame.value);
  }
  // A terminal has no end of file; others keep their standard input for the next client unless told otherwise.
  if (target.once && !target.terminal) input?.close();
}

async function watchClient(stream: ServerStream): Promise<void> {
  for (let m = await stream.receive(); m !== undefined;) m = await stream.receive();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
