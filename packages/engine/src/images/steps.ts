import { Notifier } from '../events/notifier.js';

/** Messages on their way to one reader, in order. Few and short by nature. */
export class StepQueue {
  #pending: string[] = [];
  readonly #grown = new Notifier();
  #ended = false;

  push(message: string): void {
    this.#pending.push(message);
    this.#grown.notify();
  }

  end(): void {
    this.#ended = true;
    this.#grown.notify();
  }

  async *read(signal: AbortSignal): AsyncIterable<string> {
    while (!signal.aborted) {
      const ticket = this.#grown.ticket();
      const batch = this.#pending;
      this.#pending = [];
      yield* batch;
      if (batch.length > 0) continue;
      if (this.#ended) return;
      await this.#grown.wait(ticket, { signal });
    }
  }
}
