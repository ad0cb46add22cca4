import { InternalError, WharfError } from '@wharf/core';
import { Worker } from 'node:worker_threads';
import type { FromWorker, WorkerStart } from '../protocol.js';
import { workerOptions } from '../run-worker.js';
import type { WorkerSetup } from '../run-worker.js';

/** One thread that deletes one tree at a time. It keeps the process alive only while it does. */
export class RemoverThread {
  alive = true;
  readonly #worker: Worker;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  #current: PromiseWithResolvers<void> | undefined;

  constructor(setup: WorkerSetup) {
    const start: WorkerStart = {
      native: setup.native,
      job: { kind: 'remover', stop: this.#stop.buffer },
    };
    this.#worker = new Worker(setup.workerUrl, workerOptions(start));
    this.#worker.on('message', (message: FromWorker) => this.#answer(message));
    this.#worker.on('error', (error) => {
      this.#fail(new InternalError(`a worker broke: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new InternalError('a worker ended early')));
  }

  /** An abort makes the thread stop between two entries, so that it closes its descriptors and can be used again. */
  async remove(path: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const onAbort = () => void Atomics.store(this.#stop, 0, 1);
    Atomics.store(this.#stop, 0, 0);
    this.#current = Promise.withResolvers();
    this.#worker.ref();
    this.#worker.postMessage(path);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#current.promise;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#current = undefined;
      this.#worker.unref();
    }
  }

  /** Ends an idle thread. */
  async end(): Promise<void> {
    this.alive = false;
    await this.#worker.terminate();
  }

  #answer(message: FromWorker): void {
    if (message.kind === 'failed') {
      this.#current?.reject(
        new WharfError(message.code, message.message, { facts: message.facts }),
      );
    } else {
      this.#current?.resolve();
    }
  }

  #fail(reason: Error): void {
    this.alive = false;
    this.#current?.reject(reason);
  }
}
