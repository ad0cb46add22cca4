/** Hands chunks to one reader; a chunk is waited for until the next is asked for, so that a slow reader slows the writer. */
export class Pipe implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;
  #taken: (() => void) | undefined;

  /** Resolves when the reader has taken it, also when there is none any more. */
  async push(chunk: Uint8Array): Promise<void> {
    if (this.#ended || chunk.length === 0) return;
    this.#chunk = chunk;
    const taken = new Promise<void>((resolve) => (this.#taken = resolve));
    this.#wake?.();
    await taken;
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The reader has gone: what is pushed from now on is dropped. */
  stop(): void {
    this.#ended = true;
    this.#taken?.();
  }

  /** The reader fails with this unless all was handed over. */
  fail(reason: unknown): void {
    if (!this.#ended) this.#failure = { reason };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunk;
        if (chunk !== undefined) {
          this.#chunk = undefined;
          yield chunk;
          this.#taken?.();
        } else if (this.#failure !== undefined) throw this.#failure.reason;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.stop();
    }
  }
}
