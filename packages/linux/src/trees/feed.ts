import type { TreeChunk } from '@wharf/core';
import type { PieceBatch } from './protocol.js';

/** One message for each small file would cost more than the file. */
const batchBytes = 512 << 10;
const batchParts = 256;

/** Memory of batches, which comes back from the thread: what is new for each would be collected all the time. */
export class BatchMemory {
  readonly #free: ArrayBuffer[] = [];

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(batchBytes));
  }

  give(memory: ArrayBuffer): void {
    this.#free.push(memory);
  }
}

/** Copies chunks together, whose own memory is not needed any more when the next one is asked for. */
export async function* inBatches(
  chunks: AsyncIterable<TreeChunk>,
  memory: BatchMemory,
): AsyncGenerator<PieceBatch> {
  let batch = new Batch(memory.take());
  for await (const { digest, data, last } of chunks) {
    let at = 0;
    do {
      at += batch.add(digest, data.subarray(at), last);
      if (!batch.isFull) continue;
      yield batch.done();
      batch = new Batch(memory.take());
    } while (at < data.byteLength);
  }
  if (!batch.isEmpty) yield batch.done();
}

class Batch {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #parts: PieceBatch['parts'][number][] = [];
  #used = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get isFull(): boolean {
    return this.#used === this.#bytes.length || this.#parts.length === batchParts;
  }

  /** As much as there is room for. @returns bytes that were taken */
  add(digest: string, data: Uint8Array, last: boolean): number {
    const length = Math.min(data.byteLength, this.#bytes.length - this.#used);
    this.#bytes.set(data.subarray(0, length), this.#used);
    this.#used += length;
    this.#parts.push({ digest, length, last: last && length === data.byteLength });
    return length;
  }

  done(): PieceBatch {
    return { bytes: this.#bytes.subarray(0, this.#used), parts: this.#parts };
  }
}

/** Bytes of memory that may be on their way to the thread: batches of tiny pieces fill little of theirs. */
const windowBytes = 8 << 20;

/** Counts them. */
export class Window {
  #bytes = 0;
  #wake = () => {};

  taken(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < windowBytes) this.#wake();
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Resolves when more may be sent. */
  async open(): Promise<void> {
    if (this.#bytes < windowBytes) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
