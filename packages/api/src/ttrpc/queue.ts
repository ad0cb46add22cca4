import type { Transport } from './transport.js';

/** Unread bytes of one stream at which its connection stops reading. */
const highWater = 256 * 1024;

/** Messages received on one stream and not read yet; holds the transport back when they are many. */
export class Inbox {
  readonly #transport: Transport;
  readonly #messages: Uint8Array[] = [];
  #bytes = 0;
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  push(message: Uint8Array): void {
    if (this.#ended) return;
    this.#messages.push(message);
    this.#bytes += message.length;
    if (this.#bytes >= highWater && !this.#paused) {
      this.#paused = true;
      this.#transport.pause();
    }
    this.#signal();
  }

  /** No more will come; with a failure, `next` throws it once the rest was read. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#signal();
  }

  /** Forgets what was not read and lets the transport go on. */
  discard(): void {
    this.end();
    this.#messages.length = 0;
    this.#bytes = 0;
    this.#release();
  }

  /** The next message; undefined at the end. One reader at a time. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#bytes -= message.length;
        if (this.#bytes < highWater / 2) this.#release();
        return message;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #release(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
