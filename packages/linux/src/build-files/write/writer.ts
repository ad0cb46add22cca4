import { InvalidArgumentError } from '@wharf/core';
import type { Mode } from '@wharf/dockerfile';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { join, statOf } from '../../unpack/apply/directories.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { kernelPath, shownName } from '../../unpack/apply/names.js';
import { applyXattrs } from '../../unpack/apply/xattrs.js';
import type { SourceEntry } from '../source/source.js';
import { applyMode } from './mode.js';
import type { Owner } from './owner.js';

/** The time of all that is copied, so that nothing looks older or younger than what came with it. */
export const copiedAt = { sec: 946_684_800n, nsec: 0 };

const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const nodes = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;
const maxTwins = 100_000;

export interface WriterOptions {
  readonly native: Native;
  /** Instead of what entries have, and of directories that are made on the way. */
  readonly owner: Owner | undefined;
  readonly mode: Mode | undefined;
}

/**
 * Puts entries under `/`, which is the root of the calling thread alone. Paths are real: none of their directories is a link.
 * Synchronous calls only; the last component is never followed.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #twins = new Map<string, LayerPath>();
  /** Directories that something is still put into: their times come last. */
  readonly #open: LayerPath[] = [];
  /** Directories that were made on the way. */
  readonly #made: LayerPath[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** A directory and those that lead to it, 0755 where they are missing. @throws InvalidArgumentError for what is none */
  makeDirectories(path: LayerPath): void {
    let at = '';
    for (const part of path === '' ? [] : path.split('/')) {
      at = join(at, part);
      const there = statOf(at);
      if (there?.isDirectory() === true) continue;
      if (there !== undefined) throw new InvalidArgumentError(`${shown(at)} is not a directory`);
      this.#doing(at, () => this.#newDirectory(at));
    }
  }

  /** What `path` shall be from now on. A directory that is there stays, with the owner and mode of the entry. */
  put(entry: SourceEntry, path: LayerPath): void {
    this.#leave(path);
    this.#doing(path, () => this.#make(entry, path));
  }

  /** Names of one file are one file within what is copied from one place, which ends here. */
  finish(): void {
    this.#leave(undefined);
    this.#twins.clear();
  }

  /** Nothing more comes. */
  end(): void {
    this.finish();
    for (const path of this.#made) this.#stamp(kernelPath(path));
  }

  #make(entry: SourceEntry, path: LayerPath): void {
    switch (entry.kind) {
      case 'directory':
        return this.#directory(entry, path);
      case 'symlink':
        return this.#link(entry, path);
      case 'file':
      case 'hardlink':
        return this.#fileOrTwin(entry, path);
      case 'character':
      case 'block':
      case 'fifo':
        return this.#node(entry, path, nodes[entry.kind]);
    }
  }

  #newDirectory(path: LayerPath): void {
    const { uid, gid } = this.#options.owner ?? { uid: 0, gid: 0 };
    const target = kernelPath(path);
    mkdirSync(target, 0o700);
    lchownSync(target, uid, gid);
    chmodSync(target, 0o755);
    this.#made.push(path);
  }

  #directory(entry: SourceEntry, path: LayerPath): void {
    const target = kernelPath(path);
    try {
      mkdirSync(target, 0o700);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (statOf(path)?.isDirectory() !== true)
        throw new InvalidArgumentError(
          `cannot copy to non-directory: ${shown(path)}, where the source has a directory`,
        );
    }
    const { uid, gid } = this.#ownerOf(entry);
    lchownSync(target, uid, gid);
    applyXattrs(path, buffers(entry.attributes()), (name, value) =>
      this.#options.native.lsetxattr(target, name, value),
    );
    chmodSync(target, applyMode(this.#options.mode, entry.mode, true));
    this.#open.push(path);
  }

  #fileOrTwin(entry: SourceEntry, path: LayerPath): void {
    const twin = entry.twin === undefined ? undefined : this.#twins.get(entry.twin);
    if (twin !== undefined) {
      this.#replacing(path, () => linkSync(kernelPath(twin), kernelPath(path)));
      return;
    }
    this.#file(entry, path);
    if (entry.twin !== undefined && this.#twins.size < maxTwins) this.#twins.set(entry.twin, path);
  }

  #file(entry: SourceEntry, path: LayerPath): void {
    const { native, mode } = this.#options;
    const bits = applyMode(mode, entry.mode, false);
    const from = entry.open();
    try {
      const create = () => openSync(kernelPath(path), createFlags, bits & 0o777);
      const fd = this.#replacing(path, create);
      try {
        native.copyContent(from, fd);
        this.#describe(entry, path, { fd, from, bits });
      } finally {
        closeSync(fd);
      }
    } finally {
      native.close(from);
    }
  }

  /** In the order in which none undoes another. Each change is a write to the disk: what is so already stays. */
  #describe(
    entry: SourceEntry,
    path: LayerPath,
    { fd, from, bits }: { readonly fd: number; readonly from: number; readonly bits: number },
  ): void {
    const made = fstatSync(fd);
    const { uid, gid } = this.#ownerOf(entry);
    const isOwned = made.uid === uid && made.gid === gid;
    if (!isOwned) fchownSync(fd, uid, gid);
    applyXattrs(path, buffers(entry.attributes(from)), (name, value) =>
      this.#options.native.fsetxattr(fd, name, value),
    );
    if (!isOwned || (made.mode & 0o7777) !== bits) fchmodSync(fd, bits);
    const seconds = Number(copiedAt.sec);
    futimesSync(fd, seconds, seconds);
  }

  #link(entry: SourceEntry, path: LayerPath): void {
    const target = kernelPath(path);
    this.#replacing(path, () => symlinkSync(Buffer.from(entry.target, 'latin1'), target));
    const { uid, gid } = this.#ownerOf(entry);
    lchownSync(target, uid, gid);
    this.#stamp(target);
  }

  #node(entry: SourceEntry, path: LayerPath, kind: number): void {
    const { native, mode } = this.#options;
    const target = kernelPath(path);
    const { major, minor } = entry;
    this.#replacing(path, () =>
      native.mknodat(AT_FDCWD, target, kind | 0o600, kind === S_IFIFO ? 0 : major, minor),
    );
    const { uid, gid } = this.#ownerOf(entry);
    lchownSync(target, uid, gid);
    chmodSync(target, applyMode(mode, entry.mode, false));
    this.#stamp(target);
  }

  #ownerOf(entry: SourceEntry): Owner {
    return this.#options.owner ?? entry;
  }

  #replacing<T>(path: LayerPath, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if (statOf(path)?.isDirectory() === true)
      throw new InvalidArgumentError(`cannot replace the directory ${shown(path)} with a file`);
    unlinkSync(kernelPath(path));
    return make();
  }

  /** Gives the directories that `path` is not in their times. */
  #leave(path: LayerPath | undefined): void {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (path !== undefined && (last === '' || path.startsWith(`${last}/`))) return;
      this.#stamp(kernelPath(last));
      this.#open.pop();
    }
  }

  #stamp(target: Buffer): void {
    this.#options.native.utimensat(AT_FDCWD, target, copiedAt, copiedAt, AT_SYMLINK_NOFOLLOW);
  }

  #doing(path: LayerPath, work: () => void): void {
    try {
      work();
    } catch (error) {
      throw faultOf(error, path, 'copied');
    }
  }
}

function buffers(values: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Buffer> {
  return values as ReadonlyMap<string, Buffer>;
}

function shown(path: LayerPath): string {
  return shownName(`/${path}`);
}
