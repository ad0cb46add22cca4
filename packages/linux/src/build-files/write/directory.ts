import { constants } from 'node:fs';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, anchoredInMount } from '../../../native/constants.js';
import type { FileStatus, Native } from '../../../native/types.js';
import { isDirectory } from '../../pack/tree/kinds.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { splitName } from '../../unpack/apply/names.js';

const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/** A name in a directory that is open. */
export interface Spot {
  readonly dirFd: number;
  readonly name: Buffer;
}

/** Finds the directories that something is put into, below one that is open: no link on the way is followed (R1). */
export class Directory {
  readonly #native: Native;
  readonly #rootFd: number;
  /** The one that was asked for last: what is written comes in the order of a walk. */
  #last: { readonly path: LayerPath; readonly fd: number } | undefined;

  constructor(native: Native, rootFd: number) {
    this.#native = native;
    this.#rootFd = rootFd;
  }

  /** Of a path that is not the root; valid until the next one. */
  spot(path: LayerPath): Spot {
    const { dir, base } = splitName(path);
    return { dirFd: this.#open(dir), name: Buffer.from(base, 'latin1') };
  }

  status(path: LayerPath): FileStatus | null {
    return this.#native.statAt(this.#rootFd, Buffer.from(path, 'latin1'));
  }

  isDirectory(path: LayerPath): boolean {
    const status = this.status(path);
    return status !== null && isDirectory(status);
  }

  /** Opened for changes of its attributes; the caller's to close. */
  open(path: LayerPath): number {
    const readable = constants.O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    return this.#native.openat2(this.#rootFd, kernelName(path), readable, 0, anchoredInMount);
  }

  close(): void {
    if (this.#last !== undefined) this.#native.close(this.#last.fd);
    this.#last = undefined;
  }

  #open(path: LayerPath): number {
    if (path === '') return this.#rootFd;
    if (this.#last?.path === path) return this.#last.fd;
    const fd = this.#native.openat2(this.#rootFd, kernelName(path), flags, 0, anchoredInMount);
    this.close();
    this.#last = { path, fd };
    return fd;
  }
}

function kernelName(path: LayerPath): Buffer {
  return path === '' ? Buffer.from('.') : Buffer.from(path, 'latin1');
}
