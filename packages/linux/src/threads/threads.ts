import { Worker } from 'node:worker_threads';
import type { ResourceLimits } from 'node:worker_threads';

const defaultIdleMs = 10_000;

/** Those that have done a job and wait for another. */
const mostRested = 4;

export interface ThreadsOptions {
  readonly name: string;
  readonly limits: ResourceLimits;
  /** How long one waits for a job before it ends; default 10,000 ms. */
  readonly idleMs?: number;
}

/**
 * Threads for jobs. To begin one takes longer than most jobs, so those that a job leaves as they were are given back, and the next one
 * begins beside each that is used up; they end when no job comes for a while.
 */
export class Threads {
  readonly #url: URL;
  readonly #options: ThreadsOptions;
  #spare: Worker | undefined;
  readonly #rested: Worker[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: URL, options: ThreadsOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** One that may have done jobs before, and is given back unless it was stopped. */
  takeRested(): Worker {
    const rested = this.#rested.pop();
    if (rested === undefined) return this.#takeSpare();
    forget(rested);
    rested.ref();
    return rested;
  }

  /** After a job that has left it as it was. */
  async give(worker: Worker): Promise<void> {
    forget(worker);
    if (this.#closed || this.#rested.length >= mostRested) {
      await worker.terminate();
      return;
    }
    worker.unref();
    const gone = () => {
      const at = this.#rested.indexOf(worker);
      if (at >= 0) this.#rested.splice(at, 1);
    };
    worker.once('error', gone).once('exit', gone);
    this.#rested.push(worker);
    this.#wait();
  }

  /** One that no other job had: it waits for the message that starts it, and is the caller's to end. */
  take(): Worker {
    const worker = this.#takeSpare();
    if (!this.#closed) this.#provide();
    return worker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  #takeSpare(): Worker {
    const worker = this.#spare ?? this.#begin();
    worker.ref();
    this.#spare = undefined;
    return worker;
  }

  #provide(): void {
    const spare = this.#begin();
    this.#spare = spare;
    spare.unref();
    const gone = () => {
      if (this.#spare === spare) this.#spare = undefined;
    };
    // Whoever needs a thread next finds out why.
    spare.once('error', gone);
    spare.once('exit', gone);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#drop(), this.#options.idleMs ?? defaultIdleMs);
    this.#timer.unref();
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#timer);
    const spare = this.#spare;
    this.#spare = undefined;
    const rested = this.#rested.splice(0);
    await Promise.all([spare, ...rested].map((worker) => worker?.terminate()));
  }

  /** Nothing of the daemon's environment or flags is passed on. */
  #begin(): Worker {
    return new Worker(this.#url, {
      name: this.#options.name,
      env: {},
      execArgv: [],
      resourceLimits: this.#options.limits,
    });
  }
}

/** A worker listens to itself too. */
function forget(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}
