import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import {
  decodeTreeDirectory,
  encodeTreeDirectory,
  maxTreeDirectoryBytes,
  NotFoundError,
  ResourceExhaustedError,
} from '@wharf/core';
import type { TreeDirectory } from '@wharf/core';
import { errnoOf } from '../unpack/apply/faults.js';
import { digestOf, hexOf } from './digests.js';
import { graceMs } from './limits.js';
import { PieceWriter } from './piece-writer.js';
import { writeAll } from './write-all.js';

/** Where pieces are written until they have their names. */
export const temporaryName = 'tmp';

/**
 * The pieces of a store, each a file named by its digest. Synchronous, for the thread of the store, which is the only one that
 * writes there.
 */
export class Contents {
  readonly #root: string;
  #count = 0;

  /** @param root as `openRoot` has left it */
  constructor(root: string) {
    this.#root = root;
  }

  pathOf(digest: string): string {
    const hex = hexOf(digest);
    return join(this.#root, hex.slice(0, 2), hex.slice(2));
  }

  /** The file of a piece that is here, which is then kept for the time of grace. */
  find(digest: string): Stats | undefined {
    const path = this.pathOf(digest);
    const stats = statSync(path, { throwIfNoEntry: false });
    const now = Date.now();
    if (stats !== undefined && stats.mtimeMs < now - graceMs / 2) {
      utimesSync(path, now / 1000, now / 1000);
    }
    return stats;
  }

  /** Keeps bytes under the digest that they have. */
  put(bytes: Uint8Array): string {
    const digest = digestOf(bytes);
    this.putAs(digest, bytes);
    return digest;
  }

  /** The same when the digest is known. */
  putAs(digest: string, bytes: Uint8Array): void {
    if (this.find(digest) !== undefined) return;
    const path = this.temporary();
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeAll(fd, bytes);
    } catch (error) {
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(fd);
    }
    this.name(path, digest);
  }

  /** For a piece that comes in parts. */
  writer(): PieceWriter {
    return new PieceWriter(this);
  }

  temporary(): string {
    return join(this.#root, temporaryName, String(this.#count++));
  }

  /** Gives what was written its name. */
  name(temporary: string, digest: string): void {
    const path = this.pathOf(digest);
    try {
      renameSync(temporary, path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      mkdirSync(join(path, '..'), { mode: 0o700, recursive: true });
      renameSync(temporary, path);
    }
  }

  /** @throws ResourceExhaustedError for a directory with too many entries */
  putDirectory(directory: TreeDirectory, name: string): string {
    const text = encodeTreeDirectory(directory);
    if (text.length > maxTreeDirectoryBytes) {
      throw new ResourceExhaustedError(
        `the directory ${name} has too many entries: ${directory.entries.length}`,
      );
    }
    return this.put(Buffer.from(text, 'latin1'));
  }

  /** @throws NotFoundError; ResourceExhaustedError for one that is larger than a document of a directory can be */
  read(digest: string): Buffer {
    const bytes = this.#verified(digest);
    if (bytes === undefined) throw new NotFoundError('piece of a tree', digest);
    return bytes;
  }

  /** undefined when it is not here. @throws InvalidArgumentError for a piece that is no document */
  directory(digest: string): TreeDirectory | undefined {
    const bytes = this.#verified(digest);
    return bytes && decodeTreeDirectory(bytes.toString('latin1'));
  }

  /** What is not what its name says was damaged on the disk: it goes, and can come again. */
  #verified(digest: string): Buffer | undefined {
    const stats = this.find(digest);
    if (stats === undefined) return undefined;
    if (stats.size > maxTreeDirectoryBytes) {
      throw new ResourceExhaustedError(`${digest} has ${stats.size} bytes: it is no directory`);
    }
    const path = this.pathOf(digest);
    const bytes = readFileSync(path);
    if (digestOf(bytes) === digest) return bytes;
    unlinkSync(path);
    return undefined;
  }
}
