import { DataLossError, InvalidArgumentError } from '@wharf/core';
import type { Mode } from '@wharf/dockerfile';
import { constants } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_NOFOLLOW,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { isDirectory } from '../../pack/tree/kinds.js';
import { join } from '../../unpack/apply/directories.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName } from '../../unpack/apply/names.js';
import { applyXattrs } from '../../unpack/apply/xattrs.js';
import type { SourceEntry, StoredContent } from '../source/source.js';
import { Directory } from './directory.js';
import type { Spot } from './directory.js';
import { applyMode } from './mode.js';
import type { Owner } from './owner.js';

/** The time of all that is copied, so that nothing looks older or younger than what came with it. */
export const copiedAt = { sec: 946_684_800n, nsec: 0 };

const nodes = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;
const maxTwins = 100_000;

export interface WriterOptions {
  readonly native: Native;
  /** What the paths are below. */
  readonly rootFd: number;
  /** Instead of what entries have, and of directories that are made on the way. */
  readonly owner: Owner | undefined;
  readonly mode: Mode | undefined;
}

/**
 * Puts entries below a directory that is open. Paths are real: none of their directories is a link, and none is followed.
 * Synchronous calls only.
 */
export class Writer {
  #options: WriterOptions;
  #directory: Directory;
  readonly #twins = new Map<string, LayerPath>();
  /** Directories that something is still put into: their times come last. */
  readonly #open: LayerPath[] = [];
  /** Directories that were made on the way. */
  readonly #made: LayerPath[] = [];

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#directory = new Directory(options.native, options.rootFd);
  }

  /** Goes on below another directory, which has all that was made. */
  moveTo(rootFd: number): void {
    this.#directory.close();
    this.#options = { ...this.#options, rootFd };
    this.#directory = new Directory(this.#options.native, rootFd);
  }

  /** A directory and those that lead to it, 0755 where they are missing. @throws InvalidArgumentError for what is none */
  makeDirectories(path: LayerPath): void {
    let at = '';
    for (const part of path === '' ? [] : path.split('/')) {
      at = join(at, part);
      const there = this.#directory.status(at);
      if (there !== null && isDirectory(there)) continue;
      if (there !== null) throw new InvalidArgumentError(`${shown(at)} is not a directory`);
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
    for (const path of this.#made) this.#stamp(path);
    this.#directory.close();
  }

  #make(entry: SourceEntry, path: LayerPath): void {
    switch (entry.kind) {
      case 'directory':
        return this.#directoryOf(entry, path);
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
    const { native, owner } = this.#options;
    const { uid, gid } = owner ?? { uid: 0, gid: 0 };
    const { dirFd, name } = this.#directory.spot(path);
    native.mkdirat(dirFd, name, 0o700);
    native.fchownat(dirFd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
    native.fchmodat(dirFd, name, 0o755);
    this.#made.push(path);
  }

  #directoryOf(entry: SourceEntry, path: LayerPath): void {
    const { native, mode } = this.#options;
    if (path !== '') this.#makeDirectory(path);
    const fd = this.#directory.open(path);
    try {
      const { uid, gid } = this.#ownerOf(entry);
      native.fchownat(fd, '', uid, gid, AT_EMPTY_PATH);
      applyXattrs(path, buffers(entry.attributes()), (name, value) =>
        native.fsetxattr(fd, name, value),
      );
      native.fchmodat(fd, '', applyMode(mode, entry.mode, true));
    } finally {
      native.close(fd);
    }
    this.#open.push(path);
  }

  #makeDirectory(path: LayerPath): void {
    const { dirFd, name } = this.#directory.spot(path);
    try {
      this.#options.native.mkdirat(dirFd, name, 0o700);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (this.#directory.isDirectory(path)) return;
      throw new InvalidArgumentError(
        `cannot copy to non-directory: ${shown(path)}, where the source has a directory`,
      );
    }
  }

  #fileOrTwin(entry: SourceEntry, path: LayerPath): void {
    const { native, rootFd } = this.#options;
    const twin = entry.twin === undefined ? undefined : this.#twins.get(entry.twin);
    if (twin !== undefined) {
      const from = Buffer.from(twin, 'latin1');
      this.#replacing(path, ({ dirFd, name }) => native.linkat(rootFd, from, dirFd, name, 0));
      return;
    }
    this.#file(entry, path);
    if (entry.twin !== undefined && this.#twins.size < maxTwins) this.#twins.set(entry.twin, path);
  }

  #file(entry: SourceEntry, path: LayerPath): void {
    const { native } = this.#options;
    if (entry.stored !== undefined) return this.#place(entry, path, entry.stored);
    const fd = entry.open();
    try {
      const kept = buffers(entry.attributes(fd));
      this.#place(entry, path, { fd, path: '' });
      if (kept.size > 0) this.#attributes(entry, path, kept);
    } finally {
      native.close(fd);
    }
  }

  #place(entry: SourceEntry, path: LayerPath, from: StoredContent): void {
    const { native, mode } = this.#options;
    const { uid, gid } = this.#ownerOf(entry);
    const bits = applyMode(mode, entry.mode, false);
    const seconds = Number(copiedAt.sec);
    try {
      this.#replacing(path, ({ dirFd, name }) =>
        native.placeFile(from.fd, from.path, dirFd, name, uid, gid, bits, seconds),
      );
    } catch (error) {
      if (errnoOf(error) === 'ENODATA') throw missingContent(entry);
      throw error;
    }
  }

  /** After its owner, which takes capabilities away, and before its mode, which they may change; then its time again. */
  #attributes(entry: SourceEntry, path: LayerPath, kept: ReadonlyMap<string, Buffer>): void {
    const { native, mode } = this.#options;
    const { dirFd, name } = this.#directory.spot(path);
    const fd = native.openat2(dirFd, name, constants.O_WRONLY | O_NOFOLLOW, 0, 0);
    try {
      applyXattrs(path, kept, (attribute, value) => native.fsetxattr(fd, attribute, value));
      native.fchmodat(fd, '', applyMode(mode, entry.mode, false));
    } finally {
      native.close(fd);
    }
    this.#stamp(path);
  }

  #link(entry: SourceEntry, path: LayerPath): void {
    const { native } = this.#options;
    const target = Buffer.from(entry.target, 'latin1');
    this.#replacing(path, ({ dirFd, name }) => native.symlinkat(target, dirFd, name));
    const { uid, gid } = this.#ownerOf(entry);
    const { dirFd, name } = this.#directory.spot(path);
    native.fchownat(dirFd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
    this.#stamp(path);
  }

  #node(entry: SourceEntry, path: LayerPath, kind: number): void {
    const { native, mode } = this.#options;
    const [major, minor] = kind === S_IFIFO ? [0, 0] : [entry.major, entry.minor];
    this.#replacing(path, ({ dirFd, name }) =>
      native.mknodat(dirFd, name, kind | 0o600, major, minor),
    );
    const { uid, gid } = this.#ownerOf(entry);
    const { dirFd, name } = this.#directory.spot(path);
    native.fchownat(dirFd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
    native.fchmodat(dirFd, name, applyMode(mode, entry.mode, false));
    this.#stamp(path);
  }

  #ownerOf(entry: SourceEntry): Owner {
    return this.#options.owner ?? entry;
  }

  #replacing(path: LayerPath, make: (spot: Spot) => void): void {
    const spot = this.#directory.spot(path);
    try {
      return make(spot);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if (this.#directory.isDirectory(path))
      throw new InvalidArgumentError(`cannot replace the directory ${shown(path)} with a file`);
    this.#options.native.unlinkat(spot.dirFd, spot.name, 0);
    make(spot);
  }

  /** Gives the directories that `path` is not in their times. */
  #leave(path: LayerPath | undefined): void {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (path !== undefined && (last === '' || path.startsWith(`${last}/`))) return;
      this.#stamp(last);
      this.#open.pop();
    }
  }

  #stamp(path: LayerPath): void {
    const { native, rootFd } = this.#options;
    const { dirFd, name } =
      path === '' ? { dirFd: rootFd, name: Buffer.from('.') } : this.#directory.spot(path);
    native.utimensat(dirFd, name, copiedAt, copiedAt, AT_SYMLINK_NOFOLLOW);
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

function missingContent({ digest = '' }: SourceEntry): DataLossError {
  return new DataLossError(`${digest} is missing in the store of files, build again`, {
    facts: { digest },
  });
}

function shown(path: LayerPath): string {
  return shownName(`/${path}`);
}
