interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so. Milliseconds. */
export interface FakeClock {
  now(): number;
  /** Resolves once the time has been advanced by `ms`; rejects with the signal's reason. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Moves on, waking each sleeper at its own time, in order; what they start is waited for where it sleeps again. */
  advance(ms: number): Promise<void>;
  /** Sleepers that have not been woken. */
  readonly sleeping: number;
}

export function fakeClock(start = 0): FakeClock {
  const waiters = new Set<Waiter>();
  let time = start;

  const next = (limit: number): Waiter | undefined =>
    [...waiters].filter(({ at }) => at <= limit).sort((a, b) => a.at - b.at)[0];

  return {
    now: () => time,
    get sleeping() {
      return waiters.size;
    },
    sleep(ms, { signal } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal?.aborted === true) {
        reject(signal.reason);
        return promise;
      }
      const waiter = { at: time + ms, wake: resolve };
      const onAbort = (): void => {
        waiters.delete(waiter);
        reject(signal?.reason);
      };
      waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    async advance(ms) {
      const limit = time + ms;
      for (let waiter = next(limit); waiter !== undefined; waiter = next(limit)) {
        waiters.delete(waiter);
        time = waiter.at;
        waiter.wake();
        await settled();
      }
      time = limit;
      await settled();
    },
  };
}

/** Lets everything that waits only for promises run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
