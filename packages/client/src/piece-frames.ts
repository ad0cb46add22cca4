import { bufferOf } from '@wharf/api';
import { InternalError } from '@wharf/core';
import type { TreeChunk } from '@wharf/core';

/** Of one message. */
const frameBytes = 512 * 1024;
const maxEnds = 16_384;
/** Less is put together with what follows it. */
const largeBytes = 256 * 1024;

export type PieceFrame =
  { $case: 'data'; value: Buffer } | { $case: 'ends'; value: { offsets: number[] } };

/**
 * Makes messages of pieces: many small ones share a message, a large one takes several. A message's memory is used
 * again for the next one.
 */
export function createPieceFrames(): (
  digests: readonly string[],
  chunks: AsyncIterable<TreeChunk>,
) => AsyncGenerator<PieceFrame> {
  const packed = Buffer.allocUnsafeSlow(frameBytes);

  return async function* framesOf(digests, chunks) {
    let used = 0;
    let ends: number[] = [];
    let done = 0;

    function* packedFrames(): Generator<PieceFrame> {
      if (ends.length > 0) yield { $case: 'ends', value: { offsets: ends } };
      if (ends.length > 0 || used > 0) yield { $case: 'data', value: packed.subarray(0, used) };
      used = 0;
      ends = [];
    }

    for await (const { digest, data, last } of chunks) {
      if (digest !== digests[done]) throw new InternalError(`${digest} was not asked for now`);
      if (data.byteLength >= largeBytes || used + data.byteLength > frameBytes) {
        yield* packedFrames();
      }
      if (data.byteLength >= largeBytes) {
        for (let at = 0; at < data.byteLength; at += frameBytes) {
          yield { $case: 'data', value: bufferOf(data.subarray(at, at + frameBytes)) };
        }
      } else {
        packed.set(data, used);
        used += data.byteLength;
      }
      if (!last) continue;
      done += 1;
      ends.push(used);
      if (ends.length >= maxEnds) yield* packedFrames();
    }
    if (done < digests.length) throw new InternalError(`${digests[done]} was asked for in vain`);
    yield* packedFrames();
  };
}
