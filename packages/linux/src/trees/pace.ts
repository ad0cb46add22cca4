import { CancelledError } from '@wharf/core';

/** Longest time for which one call keeps the thread from the others. */
const sliceMs = 8;

/** Lets calls that share a thread take turns, and end where they are told to. */
export class Pace {
  #since = performance.now();
  #stopped = false;

  /** The call ends at its next breath. */
  stop(): void {
    this.#stopped = true;
  }

  /** To be awaited between two steps. @throws CancelledError */
  breathe(): Promise<void> | undefined {
    return performance.now() - this.#since < sliceMs ? undefined : this.#pause();
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#stopped) throw new CancelledError();
    this.#since = performance.now();
  }
}
