import type { AttachSession, ExecSession, OutputChunk } from '@wharf/core';
import { sampleExecId, sampleId } from './samples.js';

/** A process that does what a test tells it, and remembers what was done to it. */
export interface FakeSession extends AttachSession, Omit<ExecSession, 'id'> {
  readonly id: typeof sampleId & typeof sampleExecId;
  readonly written: Buffer[];
  readonly log: string[];
  /** Resolves once stdin was closed. */
  readonly stdinClosed: Promise<void>;
  /** Resolves once the session was closed. */
  readonly closed: Promise<void>;
}

export interface FakeSessionOptions {
  /** What the process writes; it ends with it. */
  output?(session: FakeSession): AsyncIterable<OutputChunk>;
  /** Called before a write counts as done. */
  onWrite?(data: Uint8Array): Promise<void>;
  readonly exitCode?: number;
  readonly exec?: boolean;
}

/** Without options: echoes stdin to stdout once stdin is closed, and ends with code 0. */
export function createFakeSession(options: FakeSessionOptions = {}): FakeSession {
  const closed = Promise.withResolvers<void>();
  const stdinClosed = Promise.withResolvers<void>();
  const written: Buffer[] = [];
  const log: string[] = [];
  const session: FakeSession = {
    id: (options.exec === true ? sampleExecId : sampleId) as FakeSession['id'],
    terminal: true,
    pid: 42,
    written,
    log,
    stdinClosed: stdinClosed.promise,
    closed: closed.promise,
    output: { [Symbol.asyncIterator]: () => output(session)[Symbol.asyncIterator]() },
    exitCode: Promise.resolve(options.exitCode ?? 0),
    async write(data) {
      await options.onWrite?.(data);
      written.push(Buffer.from(data));
    },
    closeStdin() {
      log.push('closeStdin');
      stdinClosed.resolve();
      return Promise.resolve();
    },
    resize(rows, columns) {
      log.push(`resize ${rows} ${columns}`);
      return Promise.resolve();
    },
    close() {
      log.push('close');
      closed.resolve();
      return Promise.resolve();
    },
  };
  const output = options.output ?? echo;
  return session;
}

async function* echo(session: FakeSession): AsyncGenerator<OutputChunk> {
  await Promise.race([session.stdinClosed, session.closed]);
  yield { stream: 'stdout', data: Buffer.concat(session.written) };
  yield { stream: 'stderr', data: Buffer.from('done') };
}
