import { DataLossError, ResourceExhaustedError } from '@wharf/core';
import { createHash } from 'node:crypto';
import { readdirSync, readSync } from 'node:fs';
import { FailedPreconditionError } from '@wharf/core';
import type { Native } from '../../native/types.js';
import { Applier } from './apply/applier.js';
import { openBelow } from './apply/below.js';
import { applyingNeeds } from './apply/capabilities.js';
import { noSpaceFor } from './apply/faults.js';
import { DeferredBelow } from './settle/deferred.js';
import type { Compression } from '../compression/compress.js';
import { decompress, freePiece } from '../compression/decompress.js';
import type { ByteLimit, UnpackJob, UnpackResult } from './protocol.js';
import { TarReader } from '../tar/reader.js';

const readBytes = 1 << 19;
const progressBytes = 4 << 20;

export interface LayerIo {
  readonly native: Native;
  /** The compressed bytes, when they do not come from the job's descriptor. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Unpacks one layer on the calling thread, which is jailed in the target for the rest of its life: from then on it makes
 * synchronous file calls only and loads nothing (R2). One pass: decompress, hash, parse, apply.
 */
export async function unpackInJail(job: UnpackJob, io: LayerIo): Promise<UnpackResult> {
  const hash = createHash('sha256');
  const deferred = job.lowerDirs === undefined ? new DeferredBelow() : undefined;
  const below = deferred?.look ?? openBelow(io.native, job.lowerDirs ?? []);
  const applier = new Applier(io.native, below);
  const reader = new TarReader(applier, job.tar);
  enter(io.native, job.target);

  const source = new Counted(
    job.blobFd === undefined ? io.chunks : blobChunks(job.blobFd, job.compression),
  );
  let bytes = 0;
  let reported = 0;
  for await (const chunk of decompress(source, job.compression)) {
    bytes += chunk.length;
    checkBytes(bytes, source.bytes, job.byteLimit);
    hash.update(chunk);
    reader.push(chunk);
    if (job.compression !== 'none') freePiece(chunk);
    if (bytes - reported >= progressBytes) io.onProgress((reported = bytes));
  }
  const diffId = `sha256:${hash.digest('hex')}`;
  if (job.expectedDiffId !== undefined && job.expectedDiffId !== diffId) {
    throw new DataLossError(
      `the layer unpacks to ${diffId} where its image says ${job.expectedDiffId}, pull it again`,
      { facts: { diffId, expected: job.expectedDiffId } },
    );
  }
  reader.finish({ endRequired: job.expectedDiffId === undefined });
  applier.finish();
  const { bytes: size, ...applied } = applier.applied;
  return {
    diffId,
    size,
    entries: reader.entries,
    compressedBytes: source.bytes,
    uncompressedBytes: bytes,
    ...applied,
    ...(deferred === undefined ? {} : { implied: deferred.implied }),
  };
}

/** Enters the jail for good and sees that nothing is in it yet. */
function enter(native: Native, target: string): void {
  native.enterJail(target);
  native.keepCapabilities(applyingNeeds);
  if (readdirSync('/').length > 0) {
    throw new FailedPreconditionError(
      `${target} is not empty, a layer needs a directory of its own`,
    );
  }
}

function checkBytes(bytes: number, compressed: number, limit: ByteLimit): void {
  const most = limit.perCompressed * compressed + limit.base;
  if (bytes > limit.most) throw noSpaceFor('the layer', limit.most);
  if (bytes > most) {
    throw new ResourceExhaustedError(
      `the layer unpacks to more than ${most} bytes, which is the limit for ${compressed} compressed bytes`,
      { facts: { limit: String(most), compressedBytes: String(compressed) } },
    );
  }
}

/** Counts what passes. */
class Counted implements AsyncIterable<Buffer> {
  bytes = 0;
  readonly #source: AsyncIterable<Buffer> | Iterable<Buffer>;

  constructor(source: AsyncIterable<Buffer> | Iterable<Buffer>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const chunk of this.#source) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}

/**
 * Reads a descriptor from its start, on this thread, again and again into one buffer: V8 answers every few megabytes of
 * fresh ones with a collection of the whole heap. zstd's frames are put together from several pieces, which must last.
 */
function* blobChunks(fd: number, compression: Compression): Generator<Buffer> {
  const kept = compression === 'zstd' ? undefined : Buffer.allocUnsafeSlow(readBytes);
  for (let at = 0; ;) {
    const chunk = kept ?? Buffer.allocUnsafeSlow(readBytes);
    const read = readSync(fd, chunk, 0, readBytes, at);
    if (read === 0) return;
    at += read;
    yield chunk.subarray(0, read);
  }
}
