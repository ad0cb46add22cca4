import { InternalError, WharfError } from '@wharf/core';
import { Worker } from 'node:worker_threads';
import type { FromWorker, WorkerStart } from '../protocol.js';
import { workerOptions } from '../run-worker.js';
import type { WorkerSetup } from '../run-worker.js';

/** One thread that deletes one tree at a time. It keeps the process alive only while it does. */
export class RemoverThread {
  alive = true;
  readonly #worker: Worker;
  #current: PromiseWithResolvers<void> | undefined;

  constructor(setup: WorkerSetup) {
    const start: WorkerStart = { native: setup.native, job: { kind: 'remover' } };
    this.#worker = new Worker(setup.workerUrl, workerOptions(start));
    this.#worker.on('message', (message: FromWorker) => this.#answer(message));
    this.#worker.on('error', (error) => {
      this.#fail(new InternalError(`a worker broke: ${error.message}`, { cause: error }));
    });
    this.#worker.on('exit', () => this.#fail(new InternalError('a worker ended early')));
  }

  async remove(path: string): Promise<void> {
    this.#current = Promise.withResolvers();
    this.#worker.ref();
    this.#worker.postMessage(path);
    try {
      await this.#current.promise;
    } finally {
      this.#current = undefined;
      this.#worker.unref();
    }
  }

  /** Ends the thread at once; a removal in progress rejects with `reason` and leaves what it has not deleted. */
  async end(reason: Error): Promise<void> {
    this.#fail(reason);
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
