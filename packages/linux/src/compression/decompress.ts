import { DataLossError, isWharfError, ResourceExhaustedError } from '@wharf/core';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import type { Compression } from './compress.js';
import { zstdFrames } from './zstd-frames.js';

/** Default 16 KiB chunks make gunzip 2.3 times slower, larger ones than this only take memory. */
const chunkSize = 1 << 18;
/** 128 MiB, the reference decoder's own default. */
const windowLogMax = 27;

type Codec = Gunzip | ZstdDecompress;

/**
 * Decompresses a stream; the next piece is made in libuv's pool while the last one is used. Several gzip members or zstd
 * frames are one stream; bytes after them are refused, as Go's readers refuse them.
 * @throws DataLossError when the stream is corrupt, truncated, or of another kind.
 */
export async function* decompress(
  source: AsyncIterable<Buffer>,
  compression: Compression,
): AsyncGenerator<Buffer> {
  switch (compression) {
    case 'none':
      yield* source;
      break;
    case 'gzip':
      yield* through(source, createGunzip({ chunkSize }), 'gzip');
      break;
    case 'zstd':
      yield* through(zstdFrames(source), zstdCodec(), 'zstd');
      break;
  }
}

function zstdCodec(): ZstdDecompress {
  return createZstdDecompress({
    chunkSize,
    params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
  });
}

interface Fed {
  bytes: number;
  all: boolean;
}

async function* through(
  source: AsyncIterable<Buffer>,
  codec: Codec,
  kind: string,
): AsyncGenerator<Buffer> {
  const fed: Fed = { bytes: 0, all: false };
  feed(source, codec, fed).catch((error: unknown) => codec.destroy(error as Error));
  try {
    for await (const chunk of codec) yield chunk as Buffer;
  } catch (error) {
    throw codecError(error, kind);
  } finally {
    codec.destroy();
  }
  // zlib ends by itself where zeros follow a member, and leaves them unread
  if (!fed.all || fed.bytes !== codec.bytesWritten) {
    throw new DataLossError(`the ${kind} stream of the layer is followed by other bytes`);
  }
}

/**
 * Gives the memory of a full piece of `decompress` back, for a reader that is done with it: the codec has taken a new one,
 * and V8 would let many megabytes wait, then collect the whole heap for them. Other pieces may share theirs and are left.
 */
export function freePiece({ buffer, byteLength }: Buffer): void {
  if (byteLength === chunkSize && buffer.byteLength === chunkSize)
    (buffer as ArrayBuffer).transfer(0);
}

/** Writes one piece at a time, so that no more than that waits in memory. Never ends if the codec stops reading. */
async function feed(source: AsyncIterable<Buffer>, codec: Codec, fed: Fed): Promise<void> {
  for await (const chunk of source) {
    if (codec.destroyed) return;
    fed.bytes += chunk.length;
    await new Promise<void>((written) => codec.write(chunk, () => written()));
  }
  fed.all = true;
  codec.end();
}

function codecError(error: unknown, kind: string): unknown {
  if (isWharfError(error) || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new DataLossError(`the ${kind} stream of the layer is truncated`, { cause: error });
  }
  if (/MEM_ERROR|memory|windowTooLarge/.test(code)) {
    return new ResourceExhaustedError(
      `the ${kind} stream of the layer needs more memory than the limit: ${error.message}`,
      { cause: error },
    );
  }
  return new DataLossError(`the ${kind} stream of the layer is corrupt: ${error.message}`, {
    cause: error,
  });
}
