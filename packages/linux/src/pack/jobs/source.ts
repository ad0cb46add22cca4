import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import { closeSync, constants, fstatSync, openSync, readSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { faultOf, noSpaceFor } from '../../unpack/apply/faults.js';

const readBytes = 1 << 20;
const baseBytes = 64 << 20;
const perCompressed = 100;
const reserveBytes = 64 << 20;

/** A file of ours that is read from start to end. */
export class SourceFile implements Disposable {
  readonly fd: number;
  readonly size: number;

  /** @throws FailedPreconditionError when it is not a regular file. */
  constructor(path: string) {
    try {
      this.fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw faultOf(error, Buffer.from(path).toString('latin1'), 'opened');
    }
    const stats = fstatSync(this.fd);
    this.size = stats.size;
    if (stats.isFile()) return;
    closeSync(this.fd);
    throw new FailedPreconditionError(`${path} is not a regular file`);
  }

  /** The first bytes. */
  head(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(this.fd, bytes, 0, count, 0));
  }

  /** Each chunk has memory of its own. */
  async *chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; ;) {
      const chunk = Buffer.allocUnsafe(readBytes);
      const read = readSync(this.fd, chunk, 0, readBytes, at);
      if (read === 0) return;
      at += read;
      yield chunk.subarray(0, read);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.fd);
  }
}

/**
 * Ends a stream that grows beyond what so many compressed bytes can honestly be, or (with a target) beyond the free
 * space: the bounds that the unpacker has (R5).
 */
export async function* bounded(
  source: AsyncIterable<Buffer>,
  compressed: number,
  targetFile: string | undefined,
): AsyncGenerator<Buffer> {
  const most = baseBytes + perCompressed * compressed;
  const free = freeBytes(targetFile);
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > free) throw noSpaceFor('the archive', free);
    if (bytes > most) {
      throw new ResourceExhaustedError(
        `the archive unpacks to more than ${most} bytes, which is the limit for ${compressed} compressed bytes`,
        { facts: { limit: String(most), compressedBytes: String(compressed) } },
      );
    }
    yield chunk;
  }
}

function freeBytes(targetFile: string | undefined): number {
  if (targetFile === undefined) return Infinity;
  const { bavail, bsize } = statfsSync(dirname(targetFile));
  return Math.max(0, bavail * bsize - reserveBytes);
}
