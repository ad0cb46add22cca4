/** A piece of a stream, in memory of its own until it is released. */
export interface Block {
  readonly bytes: Buffer;
  /** The end of the block before, which is as long as a dictionary can be (RFC 1951: 32 KiB) or shorter. */
  readonly before: Buffer;
}

const dictionaryBytes = 32 << 10;

/**
 * Cuts a stream into blocks of `size` bytes, whatever the pieces in which it comes. `release` of a block lets its
 * memory be used again, so memory stays at as many blocks as are in use.
 */
export class Blocks {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  async *of(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
    let before: Buffer = Buffer.alloc(0);
    let memory = this.#take();
    let filled = 0;
    for await (const piece of source) {
      for (let at = 0; at < piece.length;) {
        const taken = Math.min(piece.length - at, this.#size - filled);
        memory.set(piece.subarray(at, at + taken), filled);
        at += taken;
        filled += taken;
        if (filled < this.#size) continue;
        const bytes = memory;
        // Taken out before the block is given away, which may be reused while the next one is compressed.
        const end = Buffer.from(bytes.subarray(-dictionaryBytes));
        yield { bytes, before };
        before = end;
        memory = this.#take();
        filled = 0;
      }
    }
    if (filled > 0) yield { bytes: memory.subarray(0, filled), before };
  }

  release({ bytes }: Block): void {
    if (bytes.length === this.#size) this.#free.push(bytes);
  }

  #take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }
}
