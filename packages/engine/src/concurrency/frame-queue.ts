import type { CallOptions } from '@wharf/core';
import { Notifier } from '../events/notifier.js';

/**
 * Frames on their way from work to one reader. Of those with a key only the newest is kept until it is read, so a slow
 * reader costs nothing and sees the truth; those without a key all arrive, in order.
 */
export class FrameQueue<Frame> {
  #pending = new Map<unknown, Frame>();
  readonly #grown = new Notifier();
  #ended = false;

  push(frame: Frame, key: unknown = Symbol()): void {
    this.#pending.delete(key);
    this.#pending.set(key, frame);
    this.#grown.notify();
  }

  async *read(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    while (!signal.aborted) {
      const ticket = this.#grown.ticket();
      const batch = this.#pending;
      this.#pending = new Map();
      yield* batch.values();
      // To go over an empty batch takes a turn as well, in which more may have come.
      if (batch.size > 0 || this.#pending.size > 0) continue;
      if (this.#ended) return;
      await this.#grown.wait(ticket, { signal });
    }
  }

  end(): void {
    this.#ended = true;
    this.#grown.notify();
  }
}

/** The frames of work that runs while they are read; leaving the loop stops the work, and its failure ends the frames. */
export async function* framesOf<Frame>(
  work: (queue: FrameQueue<Frame>, options: CallOptions) => Promise<void>,
  { signal }: CallOptions,
): AsyncGenerator<Frame, void, undefined> {
  const queue = new FrameQueue<Frame>();
  const left = new AbortController();
  const running = work(queue, { signal: AbortSignal.any([signal, left.signal]) }).finally(() =>
    queue.end(),
  );
  running.catch(() => undefined);
  try {
    yield* queue.read(signal);
    await running;
  } finally {
    left.abort(signal.aborted ? signal.reason : undefined);
  }
}
