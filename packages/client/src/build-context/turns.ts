import type { CallOptions } from '@wharf/core';

const sliceMs = 10;

/** Synchronous work in slices, so that the program can do other things between them. */
export class Turns {
  readonly #signal: AbortSignal;
  #since = performance.now();

  constructor({ signal }: CallOptions) {
    signal.throwIfAborted();
    this.#signal = signal;
  }

  /** To be awaited between two steps; throws the reason of the signal. */
  next(): Promise<void> | undefined {
    return performance.now() - this.#since < sliceMs ? undefined : this.#pause();
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#signal.throwIfAborted();
    this.#since = performance.now();
  }
}
