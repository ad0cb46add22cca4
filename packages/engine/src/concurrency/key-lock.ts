import type { CallOptions } from '@wharf/core';
import { CancelledError } from '@wharf/core';

interface Waiter {
  readonly grant: () => void;
}

/** Mutual exclusion by key, first come first served. `await using _ = await locks.acquire(id, { signal })`. */
export class KeyLock {
  readonly #queues = new Map<string, Waiter[]>();

  /** Resolves when the caller holds the key; rejects with cancelled when the signal fires first. */
  async acquire(key: string, { signal }: CallOptions): Promise<AsyncDisposable> {
    signal.throwIfAborted();
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, []);
    else await this.#wait(queue, signal);
    let held = true;
    return {
      [Symbol.asyncDispose]: () => {
        if (held) this.#release(key);
        held = false;
        return Promise.resolve();
      },
    };
  }

  #wait(queue: Waiter[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        queue.splice(queue.indexOf(waiter), 1);
        reject(new CancelledError(undefined, { cause: signal.reason }));
      };
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      queue.push(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #release(key: string): void {
    const next = this.#queues.get(key)?.shift();
    if (next === undefined) this.#queues.delete(key);
    else next.grant();
  }
}
