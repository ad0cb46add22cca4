/** Messages for one reader, in order; a failure comes after what was there before it and stays. */
export class Mailbox<T> {
  readonly #messages: T[] = [];
  #failure: { readonly reason: unknown } | undefined;
  #wake = () => {};

  put(message: T): void {
    this.#messages.push(message);
    this.#wake();
  }

  /** The first one counts. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  async take(): Promise<T> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#failure !== undefined) throw this.#failure.reason;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
