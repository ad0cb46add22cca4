import { availableParallelism } from 'node:os';
import type { Transform } from 'node:stream';
import { Blocks } from './blocks.js';
import type { Block } from './blocks.js';

/** Blocks in libuv's pool at once: it has four threads, and the daemon's file calls wait for one too. */
const width = Math.min(3, availableParallelism());

export interface BlockCodec {
  /** Part of the format: another size gives other bytes. */
  readonly blockBytes: number;
  /** Sees each block once, in order, before it is compressed. */
  readonly onBlock?: (bytes: Buffer) => void;
  /** What becomes of one block, in memory of its own: pieces of more than 64 KiB, or copies. */
  encode(block: Block): Promise<readonly Buffer[]>;
}

interface Running {
  readonly block: Block;
  readonly done: Promise<readonly Buffer[]>;
}

/**
 * Compresses a stream block by block, several side by side; the results come in order, each valid until the next is
 * asked for. What is in a block depends on the content alone. Memory does not grow with the stream, nor wait for a
 * collector: garbage of this kind is only noticed at 64 MB.
 */
export async function* inParallel(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  codec: BlockCodec,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const blocks = new Blocks(codec.blockBytes);
  const running: Running[] = [];
  try {
    for await (const block of blocks.of(source)) {
      signal.throwIfAborted();
      codec.onBlock?.(block.bytes);
      running.push({ block, done: codec.encode(block) });
      if (running.length >= width) yield* oldest(running, blocks);
    }
    while (running.length > 0) yield* oldest(running, blocks);
  } finally {
    // What is still in the pool reads our memory.
    await Promise.allSettled(running.map(({ done }) => done));
  }
}

async function* oldest(running: Running[], blocks: Blocks): AsyncGenerator<Buffer> {
  const [first] = running;
  if (first === undefined) return;
  const pieces = await first.done;
  running.shift();
  blocks.release(first.block);
  yield* pieces;
  for (const memory of new Set(pieces.map(({ buffer }) => buffer))) {
    if (memory instanceof ArrayBuffer) memory.transfer(0);
  }
}

/** What a stream (with a `chunkSize` of more than 64 KiB) makes of one block, when the stream is gone: the pieces are in memory that was its own. */
export function throughCodec(codec: Transform, bytes: Buffer): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  return new Promise((resolve, reject) => {
    codec.on('data', (piece: Buffer) => pieces.push(piece));
    codec.once('error', reject);
    codec.once('close', () => resolve(pieces));
    codec.end(bytes);
  });
}
