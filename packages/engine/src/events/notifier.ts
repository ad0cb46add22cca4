const maxDelayMs = 2 ** 31 - 1;

export interface NotifierWaitOptions {
  readonly signal: AbortSignal;
  /** Wall-clock time in ms after which the wait ends as well. */
  readonly untilMs?: number;
}

/** Wakes waiters when something changed since they looked; a change between look and wait is not missed. */
export class Notifier {
  #count = 0;
  readonly #waiters = new Set<() => void>();

  /** Take it before looking. */
  ticket(): number {
    return this.#count;
  }

  notify(): void {
    this.#count += 1;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  /** Resolves on a change since `ticket`, on abort, or at `untilMs`; never rejects. */
  wait(ticket: number, { signal, untilMs }: NotifierWaitOptions): Promise<void> {
    if (this.#count !== ticket || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wake = (): void => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (untilMs !== undefined) {
        timer = setTimeout(wake, Math.min(Math.max(0, untilMs - Date.now()), maxDelayMs));
      }
    });
  }
}
