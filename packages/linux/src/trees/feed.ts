import type { TreeChunk } from '@wharf/core';
import type { PieceBatch } from './protocol.js';

/** A batch is sent when it has so much: one message for each small file would cost more than the file. */
const batchBytes = 256 << 10;
const batchParts = 256;

/** Joins chunks, whose memory is then not needed any more. */
export async function* inBatches(chunks: AsyncIterable<TreeChunk>): AsyncGenerator<PieceBatch> {
  let parts: TreeChunk[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    bytes += chunk.data.byteLength;
    if (bytes < batchBytes && parts.length < batchParts) continue;
    yield joined(parts, bytes);
    parts = [];
    bytes = 0;
  }
  if (parts.length > 0) yield joined(parts, bytes);
}

function joined(chunks: readonly TreeChunk[], length: number): PieceBatch {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const { data } of chunks) {
    bytes.set(data, at);
    at += data.byteLength;
  }
  const parts = chunks.map(({ digest, data, last }) => ({
    digest,
    length: data.byteLength,
    last,
  }));
  return { bytes, parts };
}

/** Bytes that may be on their way to the thread. */
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
