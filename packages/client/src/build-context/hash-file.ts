import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { sha256, sha256Sum } from '../sha256.js';
import type { DiskPath } from './bytes-path.js';
import { onDisk } from './bytes-path.js';
import { changedError, errnoOf, fileError } from './file-error.js';
import { identityOf } from './identity.js';

/** Neither a link nor a FIFO that took the place of a file is followed or waited for. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Up to here a file is read in one go: asynchronous calls would cost more than its bytes. */
export const smallBytes = 128 << 10;
/** Of a larger one at a time. */
export const chunkBytes = 1 << 20;

/** A regular file of the context, as it was seen. */
export interface SeenFile {
  /** On the disk. */
  readonly path: DiskPath;
  /** In the context. */
  readonly name: DiskPath;
  readonly size: number;
  readonly identity: string;
  /** Its identity tells of every change: bytes that come with the same one are the same. */
  readonly isSettled: boolean;
}

/** Reads files of up to `smallBytes`, each into the same memory. */
export class SmallReader {
  readonly #bytes = Buffer.allocUnsafeSlow(smallBytes + 1);

  /** Valid until the next call. @throws failed-precondition when it is not what was seen */
  read(file: SeenFile): Buffer {
    let fd: number | undefined;
    try {
      fd = openSync(onDisk(file.path), readFlags);
      let size = 0;
      for (let read = -1; read !== 0 && size < this.#bytes.length; size += read) {
        read = readSync(fd, this.#bytes, size, this.#bytes.length - size, null);
      }
      checkSame(file, fstatSync(fd, { bigint: true }));
      return this.#bytes.subarray(0, size);
    } catch (error) {
      throw failure(error, file);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** SHA-256 in hexadecimal. */
  hash(file: SeenFile): string {
    return sha256(this.read(file));
  }
}

/** SHA-256 in hexadecimal of a file of any size. */
export async function hashLarge(file: SeenFile, { signal }: CallOptions): Promise<string> {
  const sum = sha256Sum();
  const bytes = Buffer.allocUnsafeSlow(chunkBytes);
  for await (const chunk of chunksOf(file, () => bytes)) {
    signal.throwIfAborted();
    sum.update(chunk);
  }
  return sum.digest('hex');
}

/**
 * The bytes of a file, as long as it is what was seen.
 * @param memory of the next chunk
 * @throws failed-precondition when it is not, at the latest behind the last chunk
 */
export async function* chunksOf(file: SeenFile, memory: () => Buffer): AsyncGenerator<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(onDisk(file.path), readFlags);
    checkSame(file, await handle.stat({ bigint: true }));
    for (let left = file.size; left > 0;) {
      const bytes = memory();
      const { bytesRead } = await handle.read(bytes, 0, Math.min(bytes.length, left), null);
      if (bytesRead === 0) throw changedError(file.name);
      left -= bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
    checkSame(file, await handle.stat({ bigint: true }));
  } catch (error) {
    throw failure(error, file);
  } finally {
    await handle?.close();
  }
}

function checkSame(file: SeenFile, now: BigIntStats): void {
  if (identityOf(now) !== file.identity) throw changedError(file.name);
}

function failure(error: unknown, { name }: SeenFile): Error {
  const errno = errnoOf(error);
  // It is something else by now: gone, or a link.
  return errno === 'ENOENT' || errno === 'ELOOP' ? changedError(name) : fileError(error, name);
}
