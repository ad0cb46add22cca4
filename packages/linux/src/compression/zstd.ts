import { constants, createZstdCompress } from 'node:zlib';
import type { ZstdCompress } from 'node:zlib';
import type { Block } from './blocks.js';
import { inParallel, throughCodec } from './in-parallel.js';

/**
 * Frames of 2 MiB leave 0.7 % more than a single frame (4 MiB: 0.35 %) and are made side by side: 440 MB/s instead of
 * 226 on two cores.
 */
const blockBytes = 2 << 20;
/** ZSTD_COMPRESSBOUND of a block is less, so that it comes in one piece. */
const chunkSize = blockBytes + (64 << 10);
/** A frame of no content: magic, single segment with a one-byte size of 0, an empty last block (RFC 8878 3.1.1). */
const emptyFrame = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00];

/**
 * A zstd stream of independent frames, each with its size and a checksum; decoders join them (RFC 8878 3.1). The bytes
 * do not depend on the machine, the number of threads or the pieces in which the source comes.
 */
export async function* zstd(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { level, signal }: { readonly level: number; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let empty = true;
  const onBlock = (): void => void (empty = false);
  const encode = (block: Block): Promise<readonly Buffer[]> =>
    throughCodec(frame(block, level), block.bytes);
  yield* inParallel(source, { blockBytes, onBlock, encode }, signal);
  if (empty) yield Buffer.from(emptyFrame);
}

function frame({ bytes }: Block, level: number): ZstdCompress {
  return createZstdCompress({
    chunkSize,
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}
