import { CancelledError, FailedPreconditionError } from '@wharf/core';
import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import { anchoredInMount } from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { readDirectory } from '../apply/delete-tree.js';
import { errnoOf } from '../apply/faults.js';
import { shownName } from '../apply/names.js';

const batch = 1024;
/** Below this depth a directory is first moved up: a container can build trees deeper than descriptors or paths last. */
const maxDepth = 64;
const atCwd = -100;
const atRemoveDir = 0x200;
const renameNoReplace = 1;
const openFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Deletes a directory and all in it. Every step is relative to a descriptor of the directory above (R1): no link is
 * followed and no mount is entered, whatever changes the tree meanwhile. One that does not exist is fine. Synchronous.
 * @throws FailedPreconditionError when the directory, or one in it, is a mount point; CancelledError when `stopped`.
 */
export function removeTree(native: Native, path: string, stopped: () => boolean): void {
  try {
    removeBelow(native, path, stopped);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function removeBelow(native: Native, path: string, stopped: () => boolean): void {
  const followed = openFlags & ~constants.O_NOFOLLOW;
  const parent = native.openat2(atCwd, dirname(path), followed, 0, 0);
  try {
    new Remover(native, parent, stopped).directory(parent, Buffer.from(basename(path)), 0);
  } finally {
    native.close(parent);
  }
}

class Remover {
  readonly #native: Native;
  /** Where directories are moved that lie too deep; beside the tree, so on the same file system. */
  readonly #top: number;
  readonly #stopped: () => boolean;
  readonly #moved: Buffer[] = [];

  constructor(native: Native, top: number, stopped: () => boolean) {
    this.#native = native;
    this.#top = top;
    this.#stopped = stopped;
  }

  directory(parent: number, name: Buffer, depth: number): void {
    const fd = this.#open(parent, name);
    try {
      this.#empty(fd, depth);
    } finally {
      this.#native.close(fd);
    }
    this.#native.unlinkat(parent, name, atRemoveDir);
    if (depth > 0) return;
    for (let moved = this.#moved.pop(); moved !== undefined; moved = this.#moved.pop()) {
      this.directory(this.#top, moved, 1);
    }
  }

  #open(parent: number, name: Buffer): number {
    try {
      return this.#native.openat2(parent, name, openFlags, 0, anchoredInMount);
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error;
      throw new FailedPreconditionError(
        `${shownName(name.toString('latin1'))} is a mount point, unmount it first`,
        { cause: error },
      );
    }
  }

  #empty(fd: number, depth: number): void {
    for (;;) {
      const entries = readDirectory(`/proc/self/fd/${fd}`, batch);
      if (entries.length === 0) return;
      for (const { name } of entries) this.#entry(fd, name, depth + 1);
    }
  }

  #entry(parent: number, name: Buffer, depth: number): void {
    if (this.#stopped()) throw new CancelledError();
    try {
      this.#native.unlinkat(parent, name, 0);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOENT') return;
      if (code !== 'EISDIR') throw error;
      if (depth > maxDepth) this.#moveUp(parent, name);
      else this.directory(parent, name, depth);
    }
  }

  #moveUp(parent: number, name: Buffer): void {
    const free = Buffer.from(`.removed-${process.hrtime.bigint()}-${this.#moved.length}`);
    this.#native.renameat2(parent, name, this.#top, free, renameNoReplace);
    this.#moved.push(free);
  }
}
