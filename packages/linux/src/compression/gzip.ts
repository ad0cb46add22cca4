import { constants, crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';
import type { Block } from './blocks.js';
import { isDense, stored } from './dense.js';
import { inParallel, throughCodec } from './in-parallel.js';

const blockBytes = 1 << 20;
/** Beside a block's own length room for what deflate adds (5 bytes to each 16 KiB that it cannot compress): it comes in one piece. */
const spareBytes = 64 << 10;
/** To deflate so few takes less than to hand them to another thread. */
const smallBytes = 64 << 10;
/** RFC 1952 2.3.1: deflate, no flags, no time, no extra flags, OS unknown. */
const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/** An empty final block, RFC 1951 3.2.6. */
const finalBlock = [0x03, 0x00];

/**
 * One gzip member, made of blocks that are compressed side by side. Each block is primed with the end of the one before
 * and ends on a byte (a sync flush), so that the whole is one deflate stream; one that would not get smaller is stored. The
 * bytes do not depend on the machine, the number of threads or the pieces in which the source comes.
 */
export async function* gzip(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { level, signal }: { readonly level: number; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let crc = 0;
  let bytes = 0;
  const onBlock = (block: Buffer): void => {
    crc = crc32(block, crc);
    bytes += block.length;
  };
  const encode = async (block: Block): Promise<readonly Buffer[]> =>
    (await isDense(block.bytes)) ? [stored(block.bytes)] : await deflate(block, level);
  yield Buffer.from(header);
  yield* inParallel(source, { blockBytes, onBlock, encode }, signal);
  yield Buffer.from(finalBlock);
  yield trailer(crc, bytes);
}

async function deflate({ bytes, before }: Block, level: number): Promise<readonly Buffer[]> {
  const chunkSize = bytes.length + spareBytes;
  const dictionary = before.length > 0 ? { dictionary: before } : {};
  const options = { level, chunkSize, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary };
  if (bytes.length > smallBytes) return await throughCodec(createDeflateRaw(options), bytes);
  const out = deflateRawSync(bytes, options);
  const own = Buffer.allocUnsafeSlow(out.length);
  out.copy(own);
  return [own];
}

function trailer(crc: number, bytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(crc, 0);
  out.writeUInt32LE(bytes % 2 ** 32, 4);
  return out;
}
