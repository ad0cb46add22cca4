import { InvalidArgumentError } from '@wharf/core';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  openSync,
  writeSync,
} from 'node:fs';
import type { Native } from '../../../native/types.js';
import type { TarEntry, TarSink } from '../../tar/entry.js';
import type { LookBelow } from './directories.js';
import { Directories, join, statOf } from './directories.js';
import { faultOf } from './faults.js';
import {
  describeDirectory,
  makeDirectory,
  makeHardlink,
  makeNode,
  makeSymlink,
  refuseOtherKind,
  replacing,
} from './make.js';
import type { Place } from './make.js';
import type { LayerPath } from './names.js';
import { cleanName, kernelPath, shownName, splitName } from './names.js';
import { makeWhiteout, refuseInsideWhiteout, setOpaque, whiteoutOf } from './whiteouts.js';
import type { WhiteoutKind } from './whiteouts.js';
import { applyXattrs, keepXattr } from './xattrs.js';

const atCwd = -100;
const noFollow = 0x100;
const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface OpenFile {
  readonly fd: number;
  readonly entry: TarEntry;
  readonly path: LayerPath;
  readonly kernelPath: Buffer;
}

/** What was done, for the record of the snapshot. */
export interface Applied {
  /** Bytes of file contents, holes not counted. */
  bytes: number;
  /** The layer hides everything below it. Overlayfs does not look for that mark on the root: leave the layers below out. */
  opaqueRoot: boolean;
  /** Attributes that were left out, see `keepXattr`. */
  droppedXattrs: number;
  /** Entries that are bookkeeping of aufs. */
  droppedEntries: number;
}

/** What an archive is, and so what its entries may do. */
export interface ApplyRules {
  /**
   * A layer: `.wh.*` names what is absent, what is in the way of a directory is replaced, and directories keep their
   * times when something is put into them. Otherwise the archive is put into files that others use: all names are plain,
   * a file in the way is failed-precondition.
   */
  readonly layer: boolean;
  /** invalid-argument instead of replacing a directory by something else, or the reverse. */
  readonly keepKinds: boolean;
}

const layerRules: ApplyRules = { layer: true, keepKinds: false };

/**
 * Puts the entries of a layer under `/`, which is the root of the calling thread's jail. Synchronous calls only.
 * Never follows a link as the last component; a later entry of one name replaces an earlier one, directories merge;
 * whiteouts concern the layers below only, in whatever order they come. Call `finish` at the end.
 */
export class Applier implements TarSink {
  readonly applied: Applied = {
    bytes: 0,
    opaqueRoot: false,
    droppedXattrs: 0,
    droppedEntries: 0,
  };
  readonly #native: Native;
  readonly #directories: Directories;
  readonly #place: Place;
  #file: OpenFile | undefined;

  constructor(native: Native, lookBelow: LookBelow, rules = layerRules) {
    this.#native = native;
    this.#directories = new Directories(native, lookBelow, rules.layer);
    this.#place = { native, directories: this.#directories, applied: this.applied, rules };
  }

  entry(entry: TarEntry): void {
    const path = cleanName(entry.path);
    try {
      for (const name of entry.xattrs.keys()) keepXattr(name, path);
      this.#apply(entry, path);
    } catch (error) {
      throw faultOf(error, path, 'created');
    }
  }

  data(chunk: Buffer, start: number, end: number, position: number): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      const sparse = file.entry.sparse !== undefined;
      for (let at = start; at < end;) {
        at += writeSync(file.fd, chunk, at, end - at, sparse ? position + at - start : null);
      }
      this.applied.bytes += end - start;
    } catch (error) {
      throw faultOf(error, file.path, 'written');
    }
  }

  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { fd, entry, path } = file;
    try {
      if (entry.sparse !== undefined) ftruncateSync(fd, entry.size);
      fchownSync(fd, entry.uid, entry.gid);
      fchmodSync(fd, entry.mode);
      this.applied.droppedXattrs += applyXattrs(path, entry.xattrs, (name, value) =>
        this.#native.fsetxattr(fd, name, value),
      );
      const { mtime, atime = mtime } = entry;
      this.#native.utimensat(atCwd, file.kernelPath, atime, mtime, noFollow);
    } catch (error) {
      throw faultOf(error, path, 'finished');
    } finally {
      closeSync(fd);
    }
  }

  /** Gives the directories their times. */
  finish(): void {
    try {
      this.#directories.flush();
    } catch (error) {
      throw faultOf(error, '', 'finished');
    }
  }

  #apply(entry: TarEntry, name: LayerPath): void {
    if (name === '') {
      this.#root(entry);
      return;
    }
    const { dir, base } = splitName(name);
    if (!this.#place.rules.layer) {
      this.#put(entry, dir, base);
      return;
    }
    const whiteout = whiteoutOf(base, name);
    if (whiteout.kind === 'ignored') {
      this.applied.droppedEntries++;
      return;
    }
    refuseInsideWhiteout(dir);
    if (whiteout.kind !== 'none') {
      this.#whiteout(entry, name, dir, whiteout);
      return;
    }
    this.#put(entry, dir, base);
  }

  #put(entry: TarEntry, dir: LayerPath, base: string): void {
    const parent = this.#directories.enter(dir);
    const path = join(parent.path, base);
    if (this.#place.rules.keepKinds) refuseOtherKind(entry, path);
    this.#create(entry, path);
    this.#directories.touch(parent);
  }

  #root(entry: TarEntry): void {
    if (entry.type !== 'directory') {
      throw new InvalidArgumentError(
        `the layer is refused: its root is described as a ${entry.type}`,
      );
    }
    describeDirectory(this.#place, entry, '');
  }

  #create(entry: TarEntry, path: LayerPath): void {
    switch (entry.type) {
      case 'file':
        this.#openFile(entry, path);
        break;
      case 'directory':
        makeDirectory(this.#place, entry, path);
        break;
      case 'symlink':
        makeSymlink(this.#place, entry, path);
        break;
      case 'hardlink':
        makeHardlink(this.#place, entry, path);
        break;
      case 'character':
      case 'block':
      case 'fifo':
        makeNode(this.#place, entry, path, entry.type);
        break;
    }
  }

  #openFile(entry: TarEntry, path: LayerPath): void {
    const target = kernelPath(path);
    const fd = replacing(this.#place, path, () => openSync(target, createFlags, 0o600));
    this.#file = { fd, entry, path, kernelPath: target };
  }

  /** Entries of this layer are never hidden by its own whiteouts; a directory that is both becomes opaque. */
  #whiteout(entry: TarEntry, name: LayerPath, dir: LayerPath, found: WhiteoutKind): void {
    if (entry.type !== 'file' && entry.type !== 'hardlink') {
      throw new InvalidArgumentError(
        `the layer is refused: the whiteout ${shownName(name)} is a ${entry.type}`,
        { facts: { entry: shownName(name) } },
      );
    }
    const parent = this.#directories.enter(dir);
    if (found.kind === 'opaque') {
      setOpaque(this.#native, parent.path);
      if (parent.path === '') this.applied.opaqueRoot = true;
    }
    if (found.kind !== 'whiteout') return;
    const path = join(parent.path, found.base);
    const stats = statOf(path);
    if (stats?.isDirectory() === true) setOpaque(this.#native, path);
    if (stats !== undefined) return;
    makeWhiteout(this.#native, path);
    this.#directories.touch(parent);
  }
}
