import type { CallOptions } from '@wharf/core';
import { awoken } from './awoken.js';
import { KeyLock } from './key-lock.js';

/** At most `places` holders at a time, first come first served. */
export class Semaphore {
  readonly #gate = new KeyLock();
  #free: number;
  #asking = 0;
  #wake: (() => void) | undefined;

  constructor(places: number) {
    this.#free = places;
  }

  /** Whether the next `acquire` resolves without waiting for another holder. */
  get hasPlace(): boolean {
    return this.#free > this.#asking;
  }

  /** Resolves when the caller holds a place; rejects with cancelled when the signal fires first. */
  async acquire(options: CallOptions): Promise<AsyncDisposable> {
    this.#asking += 1;
    try {
      await using _ = await this.#gate.acquire('', options);
      while (this.#free === 0) {
        await awoken((wake) => (this.#wake = wake), options);
      }
      this.#free -= 1;
    } finally {
      this.#asking -= 1;
    }
    let held = true;
    return {
      [Symbol.asyncDispose]: () => {
        if (held) this.#release();
        held = false;
        return Promise.resolve();
      },
    };
  }

  #release(): void {
    this.#free += 1;
    this.#wake?.();
  }
}
