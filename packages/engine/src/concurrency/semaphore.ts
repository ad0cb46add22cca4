import type { CallOptions } from '@wharf/core';
import { KeyLock } from './key-lock.js';

/** At most `places` holders at a time, first come first served. */
export class Semaphore {
  readonly #gate = new KeyLock();
  #free: number;
  #wake: (() => void) | undefined;

  constructor(places: number) {
    this.#free = places;
  }

  async acquire(options: CallOptions): Promise<AsyncDisposable> {
    await using _ = await this.#gate.acquire('', options);
    while (this.#free === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error), {
          once: true,
        });
      });
    }
    this.#free -= 1;
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
