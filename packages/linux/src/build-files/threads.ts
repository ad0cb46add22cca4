import { Worker } from 'node:worker_threads';

/** Tables of one directory at a time, the list of a digest, and buffers that are counted apart. */
const heapMb = 256;
const defaultIdleMs = 10_000;

/**
 * Threads that each do one job. To begin one takes longer than most jobs, so the next one begins beside each; it ends when no
 * job comes for a while.
 */
export class Threads {
  readonly #url: URL;
  readonly #idleMs: number;
  #spare: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(url: URL, idleMs = defaultIdleMs) {
    this.#url = url;
    this.#idleMs = idleMs;
  }

  /** Waits for the message that starts it; the caller's to end. */
  take(): Worker {
    const worker = this.#spare ?? this.#begin();
    worker.ref();
    this.#spare = undefined;
    if (!this.#closed) this.#provide();
    return worker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
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
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#drop(), this.#idleMs);
    this.#timer.unref();
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#timer);
    const spare = this.#spare;
    this.#spare = undefined;
    await spare?.terminate();
  }

  /** Nothing of the daemon's environment or flags is passed on. */
  #begin(): Worker {
    return new Worker(this.#url, {
      name: 'wharf-build-files',
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
  }
}
