import { constants, createGzip, createZstdCompress } from 'node:zlib';
import type { Transform } from 'node:stream';

export type Compression = 'gzip' | 'zstd' | 'none';

export interface CompressOptions {
  /** gzip 1 to 9 (default 6), zstd 1 to 19 (default 3). */
  readonly level?: number;
  readonly signal: AbortSignal;
}

const chunkSize = 1 << 20;

/**
 * Compresses a stream so that the same input gives the same bytes on every host with the same zlib and zstd:
 * no time, no name, the OS byte always 255 ("unknown", RFC 1952 2.3.1), one thread.
 */
export async function* compress(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  compression: Compression,
  options: CompressOptions,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    for await (const chunk of source) yield asBuffer(chunk);
    return;
  }
  const codec = codecFor(compression, options.level);
  const chunks = run(source, codec, options.signal);
  yield* compression === 'gzip' ? withFixedOs(chunks) : chunks;
}

function codecFor(compression: 'gzip' | 'zstd', level: number | undefined): Transform {
  return compression === 'gzip'
    ? createGzip({ chunkSize, level: level ?? 6 })
    : createZstdCompress({
        chunkSize,
        params: {
          [constants.ZSTD_c_compressionLevel]: level ?? 3,
          [constants.ZSTD_c_checksumFlag]: 1,
        },
      });
}

async function* run(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  codec: Transform,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const feeding = feed(source, codec, signal).catch((error: unknown) =>
    codec.destroy(error as Error),
  );
  try {
    for await (const chunk of codec) yield chunk as Buffer;
    await feeding;
  } finally {
    codec.destroy();
  }
}

async function feed(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  codec: Transform,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of source) {
    signal.throwIfAborted();
    if (codec.destroyed) return;
    if (chunk.length > 0) await new Promise<void>((done) => codec.write(chunk, () => done()));
  }
  codec.end();
}

/** zlib writes the OS it was built for into byte 9 of the header. */
async function* withFixedOs(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of chunks) {
    if (seen <= 9 && seen + chunk.length > 9) chunk[9 - seen] = 255;
    seen += chunk.length;
    yield chunk;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
