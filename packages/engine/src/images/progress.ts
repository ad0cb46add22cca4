import type { PullProgress } from '@wharf/core';
import { Notifier } from '../events/notifier.js';

type Listener = (progress: PullProgress) => void;

/** Who watches which blob: downloads are shared, so their progress is told to every pull that waits for them. */
export class ProgressHub {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #last = new Map<string, PullProgress>();

  tell(progress: PullProgress): void {
    const listeners = this.#listeners.get(progress.id);
    if (listeners === undefined) return;
    this.#last.set(progress.id, progress);
    for (const listener of listeners) listener(progress);
  }

  /** Tells the listener what is known already, then what comes; the result stops it. */
  listen(id: string, listener: Listener): () => void {
    const set = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, set);
    set.add(listener);
    const last = this.#last.get(id);
    if (last !== undefined) listener(last);
    return () => {
      set.delete(listener);
      if (set.size > 0) return;
      this.#listeners.delete(id);
      this.#last.delete(id);
    };
  }
}

/**
 * Progress on its way to one reader. Only the newest state of each id is kept, so a slow reader costs nothing and
 * sees the truth.
 */
export class ProgressQueue {
  readonly #pending = new Map<string, PullProgress>();
  readonly #grown = new Notifier();
  #ended = false;

  push(progress: PullProgress): void {
    this.#pending.set(progress.id, progress);
    this.#grown.notify();
  }

  end(): void {
    this.#ended = true;
    this.#grown.notify();
  }

  async *read(signal: AbortSignal): AsyncIterable<PullProgress> {
    while (!signal.aborted) {
      const ticket = this.#grown.ticket();
      const batch = [...this.#pending.values()];
      this.#pending.clear();
      yield* batch;
      if (batch.length > 0) continue;
      if (this.#ended) return;
      await this.#grown.wait(ticket, { signal });
    }
  }
}
