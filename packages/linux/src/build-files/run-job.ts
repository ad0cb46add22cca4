import { InternalError, ResourceExhaustedError, toWharfError, WharfError } from '@wharf/core';
import type { CallOptions } from '@wharf/core';
import { createReadStream } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import type { Native } from '../../native/types.js';
import { throughTool } from '../archive/tool.js';
import { closeDescriptors, descriptorTable } from '../files/descriptors.js';
import type { Threads } from '../threads/threads.js';
import type {
  BuildFilesJob,
  BuildFilesResult,
  BuildFilesStart,
  FromBuildFiles,
  ToBuildFiles,
  ToolKind,
} from './protocol.js';
import { isPlain } from './protocol.js';

export interface BuildFilesSetup {
  readonly native: Pick<Native, 'close'>;
  /** Path of the native addon, owned by root. */
  readonly nativePath: string;
}

/** To make a layer a directory of each one below is open, for each of those that lead to a file. */
const manySlots = 4096;

/**
 * Does a job in a thread and waits for its end, whatever the outcome: until the thread is gone, but for one that did a plain job to
 * its end.
 */
export async function runJob(
  setup: BuildFilesSetup & {
    readonly threads: Threads;
    /** As the kernel answered. */
    readonly canDetach: boolean;
  },
  job: BuildFilesJob,
  { signal }: CallOptions,
): Promise<BuildFilesResult> {
  signal.throwIfAborted();
  const { canDetach } = setup;
  const plain = isPlain(job, canDetach);
  const descriptors = descriptorTable(job.kind === 'seal' ? manySlots : undefined);
  const worker = plain ? setup.threads.takeRested() : setup.threads.take();
  let whole = false;
  const ended = new AbortController();
  const tools = new Tools(worker, AbortSignal.any([signal, ended.signal]));
  try {
    const start: BuildFilesStart = { native: setup.nativePath, descriptors, canDetach, job };
    worker.postMessage(start);
    const result = await answerOf(worker, tools, { signal, ended: ended.signal });
    whole = plain;
    return result;
  } finally {
    ended.abort(new WharfError('cancelled', 'the job is at its end'));
    await (whole ? setup.threads.give(worker) : worker.terminate());
    await tools.idle();
    closeDescriptors(setup.native, descriptors);
  }
}

function answerOf(
  worker: Worker,
  tools: Tools,
  { signal, ended }: { readonly signal: AbortSignal; readonly ended: AbortSignal },
): Promise<BuildFilesResult> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true, signal: ended });
    if (signal.aborted) onAbort();
    worker.on('message', (message: FromBuildFiles) => {
      switch (message.kind) {
        case 'done':
          return resolve(message.result);
        case 'failed':
          return reject(new WharfError(message.code, message.message, { facts: message.facts }));
        case 'decompress':
          return tools.open(message.fd, message.tool);
        case 'next':
          return tools.next();
        case 'enough':
          return tools.leave();
      }
    });
    worker.once('error', (error) => reject(crashOf(error)));
    worker.once('exit', (code) =>
      reject(new InternalError(`a thread for files of a build ended early with ${code}`)),
    );
  });
}

/** Runs a tool of the host for a thread, one at a time, at the pace of the thread. */
class Tools {
  readonly #worker: Worker;
  readonly #signal: AbortSignal;
  #stream: AsyncGenerator<Buffer> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(worker: Worker, signal: AbortSignal) {
    this.#worker = worker;
    this.#signal = signal;
  }

  open(fd: number, tool: ToolKind): void {
    this.leave();
    const source = createReadStream('', { fd, start: 0, autoClose: false });
    this.#stream = throughTool(source, tool, { signal: this.#signal });
  }

  next(): void {
    const stream = this.#stream;
    if (stream !== undefined) this.#after(() => this.#send(stream));
  }

  leave(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) this.#after(async () => void (await stream.return(undefined)));
  }

  /** Resolves when no tool runs. */
  async idle(): Promise<void> {
    this.leave();
    await this.#last;
  }

  /** One after the other; what fails was told to the thread, or nobody waits for it any more. */
  #after(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch(() => undefined);
  }

  async #send(stream: AsyncGenerator<Buffer>): Promise<void> {
    let message: ToBuildFiles;
    try {
      const { value, done } = await stream.next();
      message = { kind: 'piece', bytes: done === true ? null : new Uint8Array(value) };
    } catch (thrown) {
      const { code, message: text, facts } = toWharfError(thrown);
      message = { kind: 'failed', code, message: text, facts };
    }
    this.#worker.postMessage(message);
  }
}

function crashOf(error: Error): WharfError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ResourceExhaustedError('the files of the step need more memory than the limit', {
      cause: error,
    });
  }
  return new InternalError(`a thread for files of a build broke: ${error.message}`, {
    cause: error,
  });
}
