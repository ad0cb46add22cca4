import type { ByteWriter } from '../platform.js';

/**
 * The standard input of one process. What is written before the process runs waits; what is written after it has
 * ended or has closed its end is dropped.
 */
export class Input {
  #open: (writer: ByteWriter | undefined) => void = () => undefined;
  readonly #writer: Promise<ByteWriter | undefined> = new Promise((resolve) => {
    this.#open = resolve;
  });
  #order: Promise<void> = Promise.resolve();
  #closed = false;

  /** Where the bytes go from now on. */
  opened(writer: ByteWriter): void {
    if (this.#closed) writer.close();
    else this.#open(writer);
  }

  /** Resolves when the kernel has the bytes. Writers take turns. */
  write(bytes: Uint8Array): Promise<void> {
    this.#order = this.#order.then(() => this.#write(bytes));
    return this.#order;
  }

  /** After what was written: end of file. Idempotent. */
  close(): void {
    this.#order = this.#order.then(() => this.abandon());
  }

  /** At once, whatever still waits. */
  async abandon(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#open(undefined);
    (await this.#writer)?.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const writer = await this.#writer;
    if (writer === undefined || this.#closed) return;
    try {
      await writer.write(bytes);
    } catch {
      // EPIPE: the process has closed its standard input.
      await this.abandon();
    }
  }
}
