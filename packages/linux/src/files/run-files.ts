import { InternalError, ResourceExhaustedError, WharfError } from '@wharf/core';
import { Worker } from 'node:worker_threads';
import type { RootView } from '@wharf/engine/ports';
import type { Native } from '../../native/types.js';
import { closeDescriptors, descriptorTable } from './descriptors.js';
import { Mailbox } from './mailbox.js';
import { windowBytes } from './protocol.js';
import type { FilesJob, FilesStart, FromFiles } from './protocol.js';

export interface FilesSetup {
  readonly native: Pick<Native, 'close'>;
  /** Path of the addon. */
  readonly nativePath: string;
  readonly workerUrl: URL;
  readonly bootId: string;
}

export type Answer = Exclude<FromFiles, { kind: 'taken' | 'failed' }>;

export interface FilesRun {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly chunks?: AsyncIterable<Uint8Array>;
}

/** A thread's own heap: tables of one directory at a time, and buffers that are counted apart. */
const heapMb = 128;

/**
 * One thread at work. Its answers come by `next`, each acknowledged when the next is asked for; `done` is the last.
 * Disposing ends the thread, whatever it does, and resolves when it is gone. The caller has done an asynchronous file
 * call before: libuv's pool must exist, or its threads would live in the thread's mount namespace.
 */
export class FilesThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #answers = new Mailbox<Answer>();
  readonly #ended = new AbortController();
  /** Bytes on their way to it. */
  #outward = 0;
  #roomAgain = () => {};
  #unread = 0;
  readonly #setup: FilesSetup;
  readonly #descriptors = descriptorTable();

  constructor(
    setup: FilesSetup,
    work: { readonly view: RootView; readonly job: FilesJob },
    run: FilesRun,
  ) {
    this.#setup = setup;
    const { nativePath, bootId } = setup;
    const start = { native: nativePath, bootId, descriptors: this.#descriptors, ...work };
    // Nothing of the daemon's environment or flags is passed on.
    this.#worker = new Worker(setup.workerUrl, {
      workerData: start satisfies FilesStart,
      name: 'wharf-files',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#worker.on('message', (message: FromFiles) => this.#receive(message));
    this.#worker.once('error', (error) => this.#answers.fail(crashOf(error)));
    this.#worker.once('exit', (code) =>
      this.#answers.fail(new InternalError(`a thread for files ended early with ${code}`)),
    );
    this.#watch(run);
    if (run.chunks !== undefined) void this.#feed(run.chunks);
  }

  /** Rejects with the failure of the thread, of its input, of the time limit, or the reason of the signal. */
  async next(): Promise<Answer> {
    if (this.#unread > 0) this.#worker.postMessage(this.#unread);
    this.#unread = 0;
    const answer = await this.#answers.take();
    if (answer.kind === 'chunk') this.#unread = answer.bytes.byteLength;
    if (answer.kind === 'entries') this.#unread = answer.bytes;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#worker.terminate();
    closeDescriptors(this.#setup.native, this.#descriptors);
  }

  #receive(message: FromFiles): void {
    if (message.kind === 'taken') {
      this.#outward -= message.bytes;
      if (this.#outward < windowBytes) this.#roomAgain();
    } else if (message.kind === 'failed') {
      this.#answers.fail(new WharfError(message.code, message.message, { facts: message.facts }));
    } else {
      this.#answers.put(message);
    }
  }

  #watch({ signal, timeoutMs }: FilesRun): void {
    const ended = this.#ended.signal;
    const stop = (reason: unknown) => {
      this.#answers.fail(reason);
      // At once, also when nobody asks for the next answer.
      void this.#worker.terminate();
    };
    const onAbort = () => stop(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true, signal: ended });
    const text = `work on files of a container took more than ${timeoutMs} ms`;
    const timer = setTimeout(() => stop(new WharfError('deadline-exceeded', text)), timeoutMs);
    timer.unref();
    ended.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /** Hands an archive over, a window at a time. The thread has the last word. */
  async #feed(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const ended = this.#ended.signal;
    try {
      for await (const chunk of chunks) {
        if (ended.aborted) return;
        const copy = new Uint8Array(chunk);
        this.#outward += copy.byteLength;
        this.#worker.postMessage(copy, [copy.buffer]);
        if (this.#outward >= windowBytes) await this.#room(ended);
      }
      this.#worker.postMessage(null);
    } catch (error) {
      this.#answers.fail(error);
    }
  }

  #room(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#roomAgain = resolve;
      ended.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function crashOf(error: Error): WharfError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ResourceExhaustedError('the files need more memory to copy than the limit', {
      cause: error,
    });
  }
  return new InternalError(`a thread for files broke: ${error.message}`, { cause: error });
}
