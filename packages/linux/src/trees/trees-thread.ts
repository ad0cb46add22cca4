import { Worker } from 'node:worker_threads';
import { InternalError, ResourceExhaustedError, toWharfError, WharfError } from '@wharf/core';
import type {
  FromTrees,
  PieceBatch,
  ToTrees,
  TreeCalls,
  TreeVerb,
  TreesStart,
} from './protocol.js';

/** A thread's own heap: what is reached by all trees that a sweep keeps. */
const heapMb = 768;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly taken: Taken;
}

/** Is given the memory of what was fed, when it is used up. */
type Taken = (memory: ArrayBuffer) => void;

/** A call in the thread. */
export interface RunningCall<V extends TreeVerb> {
  /** Rejects with the failure of the thread, when it has stopped. */
  readonly answer: Promise<TreeCalls[V]['answers']>;
  /** More of what a `write` is to write, null is the end. */
  feed(batch: PieceBatch | null): void;
  cancel(): void;
}

/** The thread of a store. It keeps the process alive only while it works. */
export class TreesThread {
  alive = true;
  /** Resolves with whether all was on the disk when it began. */
  readonly opened: Promise<boolean>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  #idle = () => {};

  constructor(workerUrl: URL, start: TreesStart) {
    // Nothing of the daemon's environment or flags is passed on.
    this.#worker = new Worker(workerUrl, {
      workerData: start,
      name: 'wharf-trees',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#worker.unref();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    promise.catch(() => undefined);
    this.opened = promise;
    const failed = (reason: Error): void => {
      reject(reason);
      this.#fail(reason);
    };
    this.#worker.on('message', (message: FromTrees) => {
      if (message.kind === 'opened') resolve(message.synced);
      else this.#receive(message);
    });
    this.#worker.on('error', (error) => failed(crashOf(error)));
    this.#worker.on('exit', () => failed(new InternalError('the thread of a store ended early')));
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  call<V extends TreeVerb>(
    verb: V,
    asks: TreeCalls[V]['asks'],
    taken: Taken = () => {},
  ): RunningCall<V> {
    const id = this.#count++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject, taken });
    this.#worker.ref();
    this.#post({ kind: 'call', id, verb, asks });
    return {
      answer: promise as Promise<TreeCalls[V]['answers']>,
      feed: (batch) => this.#post({ kind: 'pieces', id, batch }, batch ? [batch.bytes.buffer] : []),
      cancel: () => this.#post({ kind: 'cancel', id }),
    };
  }

  /** Stops what it does, each call at its next step, and resolves when it is gone. */
  async end(): Promise<void> {
    this.alive = false;
    for (const id of this.#pending.keys()) this.#post({ kind: 'cancel', id });
    if (this.busy) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#worker.terminate();
  }

  #post(message: ToTrees, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: Exclude<FromTrees, { kind: 'opened' }>): void {
    const call = this.#pending.get(message.id);
    if (message.kind === 'taken') {
      call?.taken(message.memory);
      return;
    }
    this.#pending.delete(message.id);
    if (!this.busy) {
      this.#worker.unref();
      this.#idle();
    }
    if (message.kind === 'answer') call?.resolve(message.value);
    else call?.reject(new WharfError(message.code, message.message, { facts: message.facts }));
  }

  #fail(reason: Error): void {
    this.alive = false;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#idle();
  }
}

function crashOf(error: Error): WharfError {
  const options = { cause: error };
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ResourceExhaustedError('the trees need more memory than the limit', options);
  }
  const failure = toWharfError(error);
  if (failure.code !== 'internal') return failure;
  return new InternalError(`the thread of a store broke: ${error.message}`, options);
}
