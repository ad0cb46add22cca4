import type { CallOptions } from '@wharf/core';
import { awoken } from './awoken.js';
import { KeyLock } from './key-lock.js';

/** Many readers or one writer. A waiting writer goes before readers that come later, so that it is never starved. */
export class SharedLock {
  readonly #gate = new KeyLock();
  #readers = 0;
  #drained: (() => void) | undefined;

  async shared(options: CallOptions): Promise<AsyncDisposable> {
    await using _ = await this.#gate.acquire('', options);
    this.#readers += 1;
    let held = true;
    return {
      [Symbol.asyncDispose]: () => {
        if (held) this.#leave();
        held = false;
        return Promise.resolve();
      },
    };
  }

  /** Resolves when all readers have left; rejects with cancelled, and lets others in, when the signal fires first. */
  async exclusive(options: CallOptions): Promise<AsyncDisposable> {
    await using undo = new AsyncDisposableStack();
    const gate = undo.use(await this.#gate.acquire('', options));
    if (this.#readers > 0) await awoken((wake) => (this.#drained = wake), options);
    undo.move();
    return gate;
  }

  #leave(): void {
    this.#readers -= 1;
    if (this.#readers === 0) this.#drained?.();
  }
}
