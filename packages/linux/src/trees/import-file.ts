import { readSync } from 'node:fs';
import { ResourceExhaustedError } from '@wharf/core';
import type { Native } from '../../native/types.js';
import { faultOf } from '../unpack/apply/faults.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName } from '../unpack/apply/names.js';
import type { Contents } from './contents.js';
import type { ImportTools } from './import-directory.js';
import type { Pace } from './pace.js';

/** Larger files are written while they are hashed. */
const bufferBytes = 1 << 20;

/** Where it was seen, and how large it was then. */
export interface FileAt {
  /** Of its directory. */
  readonly fd: number;
  readonly name: Buffer;
  readonly size: number;
}

export interface ImportedFile {
  readonly digest: string;
  readonly size: number;
}

/** Takes files of one directory, and counts them. */
export class FileImporter {
  files = 0;
  bytes = 0;
  readonly #contents: Contents;
  readonly #native: Native;
  readonly #pace: Pace;
  readonly #maxBytes: number;
  readonly #freeBytes: () => number;
  readonly #buffer = Buffer.allocUnsafeSlow(bufferBytes);

  constructor({ contents, native, pace, maxBytes, freeBytes }: ImportTools) {
    this.#contents = contents;
    this.#native = native;
    this.#pace = pace;
    this.#maxBytes = maxBytes;
    this.#freeBytes = freeBytes;
  }

  /** Undefined when it is not there any more, or no regular file. No more is read than `size` says. */
  async take(path: LayerPath, at: FileAt): Promise<ImportedFile | undefined> {
    const fd = this.#open(path, at);
    if (fd === null) return undefined;
    try {
      const { size } = at;
      this.#check(path, size);
      const content =
        size <= bufferBytes ? this.#small(path, fd, size) : await this.#large(path, fd, size);
      this.files++;
      this.bytes += content.size;
      return content;
    } finally {
      this.#native.close(fd);
    }
  }

  #open(path: LayerPath, { fd, name }: FileAt): number | null {
    try {
      return this.#native.openRegular(fd, name);
    } catch (error) {
      throw faultOf(error, path, 'opened');
    }
  }

  /** Before a byte is read: a file of holes costs its maker nothing. */
  #check(path: LayerPath, size: number): void {
    if (size > this.#maxBytes - this.bytes) {
      throw new ResourceExhaustedError(
        `${shownName(path)} has ${size} bytes: with it the directory has more than the ${this.#maxBytes} that may be taken`,
        { facts: { entry: shownName(path), limit: String(this.#maxBytes) } },
      );
    }
    if (size <= bufferBytes) return;
    const free = this.#freeBytes();
    if (size <= free) return;
    throw new ResourceExhaustedError(
      `${shownName(path)} has ${size} bytes and only ${free} are free: free some or prune`,
      { facts: { entry: shownName(path), errno: 'ENOSPC' } },
    );
  }

  #small(path: LayerPath, fd: number, most: number): ImportedFile {
    const size = this.#fill(path, fd, most);
    return { digest: this.#contents.put(this.#buffer.subarray(0, size)), size };
  }

  async #large(path: LayerPath, fd: number, most: number): Promise<ImportedFile> {
    using writer = this.#contents.writer();
    while (writer.size < most) {
      const read = this.#fill(path, fd, Math.min(bufferBytes, most - writer.size));
      if (read === 0) break;
      writer.push(this.#buffer.subarray(0, read));
      await this.#pace.breathe();
    }
    const digest = writer.digest();
    writer.keep(digest);
    return { digest, size: writer.size };
  }

  /** Less only at the end of the file. */
  #fill(path: LayerPath, fd: number, most: number): number {
    let at = 0;
    try {
      while (at < most) {
        const read = readSync(fd, this.#buffer, at, most - at, null);
        if (read === 0) break;
        at += read;
      }
    } catch (error) {
      throw faultOf(error, path, 'read');
    }
    return at;
  }
}
