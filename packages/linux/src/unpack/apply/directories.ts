import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { chmodSync, lchownSync, lstatSync, mkdirSync, readlinkSync, unlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Native } from '../../../native/types.js';
import type { TarTime } from '../../tar/entry.js';
import type { LayerPath } from './names.js';
import { kernelPath, shownName, splitName } from './names.js';
import { isWhiteout, setOpaque } from './whiteouts.js';

const atCwd = -100;
const noFollow = 0x100;
/** As many as the kernel follows, path_resolution(7). */
const maxLinks = 40;
const maxCached = 1024;

/** A directory of the layer that is known to be one, and the times it shall have when the layer is done. */
export interface Directory {
  /** Its real path: no component is a link. */
  readonly path: LayerPath;
  atime: TarTime;
  mtime: TarTime;
  /** Whether its times on disk may differ from those here. */
  touched: boolean;
  /** Whether the archive says what its times are. */
  described: boolean;
}

/** Owner, mode and times that a directory has which no entry of the layer describes. */
export interface DirectoryDefaults {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atime: TarTime;
  readonly mtime: TarTime;
}

/** What the layers below say of a directory; undefined when they do not have it. */
export type LookBelow = (path: LayerPath) => DirectoryDefaults | undefined;

/**
 * The directories that entries are put into. A bounded number is remembered, so that a name is walked once; links on
 * the way are resolved here, inside the root. Creating something in a directory changes its times: they are put back
 * when it is forgotten, so memory does not grow with the layer.
 */
export class Directories {
  readonly #native: Native;
  readonly #lookBelow: LookBelow;
  readonly #layer: boolean;
  /** By the name asked for, which may lead through links. */
  readonly #known = new Map<LayerPath, Directory>();

  /** @param layer false for an archive that is put into files which others use: see `ApplyRules` */
  constructor(native: Native, lookBelow: LookBelow, layer = true) {
    this.#native = native;
    this.#lookBelow = lookBelow;
    this.#layer = layer;
  }

  /** The directory of that name; it and its parents are created where missing, what is in the way is replaced. */
  enter(name: LayerPath): Directory {
    return this.#known.get(name) ?? this.#remember(name, this.#walk(name));
  }

  /** Says that something in the directory was created or removed. */
  touch(directory: Directory): void {
    directory.touched = true;
    this.#known.set(directory.path, directory);
  }

  /** Sets the times that the directory at a real path shall have. */
  describe(path: LayerPath, atime: TarTime, mtime: TarTime): void {
    const fresh = { path, atime, mtime, touched: true, described: true };
    const directory = Object.assign(this.#known.get(path) ?? fresh, { atime, mtime });
    directory.described = true;
    if (this.#known.size >= maxCached) this.flush();
    this.touch(directory);
  }

  /** The real path if all components are directories, without following links or creating anything. */
  find(name: LayerPath): LayerPath | undefined {
    if (this.#known.get(name)?.path === name) return name;
    let path = '';
    for (const part of name === '' ? [] : name.split('/')) {
      path = join(path, part);
      if (statOf(path)?.isDirectory() !== true) return undefined;
    }
    return path;
  }

  /** Puts the times back and forgets all. Needed before a directory or a link goes away. */
  flush(): void {
    for (const directory of this.#known.values()) {
      if (!directory.touched || !(this.#layer || directory.described)) continue;
      const { path, atime, mtime } = directory;
      this.#native.utimensat(atCwd, kernelPath(path), atime, mtime, noFollow);
      directory.touched = false;
    }
    this.#known.clear();
  }

  #remember(name: LayerPath, directory: Directory): Directory {
    if (this.#known.size >= maxCached) this.flush();
    // one object for each directory, or one set of times would undo the other
    const known = this.#known.get(directory.path) ?? directory;
    this.#known.set(known.path, known);
    this.#known.set(name, known);
    return known;
  }

  #walk(name: LayerPath): Directory {
    const parent = splitName(name);
    const cached = name === '' ? undefined : this.#known.get(parent.dir);
    const pending = cached === undefined ? partsOf(name) : [parent.base];
    let path = cached?.path ?? '';
    let links = 0;
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '..') {
        path = splitName(path).dir;
        continue;
      }
      const child = join(path, part);
      const target = this.#step(path, child);
      if (target === undefined) {
        path = child;
        continue;
      }
      if (++links > maxLinks) throw tooManyLinks(name);
      if (target.startsWith('/')) path = '';
      pending.push(...partsOf(target));
    }
    return this.#known.get(path) ?? directoryAt(path);
  }

  /** Makes sure that `child` is a directory, or gives the target of the link that it is. */
  #step(parent: LayerPath, child: LayerPath): LayerPath | undefined {
    if (this.#known.get(child)?.path === child) return undefined;
    const stats = statOf(child);
    if (stats?.isDirectory() === true) return undefined;
    if (stats?.isSymbolicLink() === true) {
      return readlinkSync(kernelPath(child), { encoding: 'buffer' }).toString('latin1');
    }
    if (stats !== undefined && !this.#layer) throw inTheWay(child);
    const above = this.#known.get(parent) ?? this.#remember(parent, directoryAt(parent));
    if (stats !== undefined) unlinkSync(kernelPath(child));
    this.#create(child, stats !== undefined && isWhiteout(stats));
    this.touch(above);
    return undefined;
  }

  #create(path: LayerPath, opaque: boolean): void {
    const target = kernelPath(path);
    const below = opaque ? undefined : this.#lookBelow(path);
    mkdirSync(target, 0o700);
    if (opaque) setOpaque(this.#native, path);
    lchownSync(target, below?.uid ?? 0, below?.gid ?? 0);
    chmodSync(target, below?.mode ?? 0o755);
    if (below === undefined) return;
    this.describe(path, below.atime, below.mtime);
  }
}

function tooManyLinks(name: LayerPath): InvalidArgumentError {
  return new InvalidArgumentError(
    `the layer is refused: the directory ${shownName(name)} leads through more than ${maxLinks} links`,
    { facts: { entry: shownName(name) } },
  );
}

function inTheWay(path: LayerPath): FailedPreconditionError {
  return new FailedPreconditionError(
    `/${Buffer.from(path, 'latin1').toString()} is not a directory`,
    {
      facts: { entry: shownName(path) },
    },
  );
}

/** Components in reverse, so that the next one is popped. */
function partsOf(path: LayerPath): LayerPath[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}

export function join(dir: LayerPath, base: LayerPath): LayerPath {
  return dir === '' ? base : `${dir}/${base}`;
}

export function statOf(path: LayerPath): BigIntStats | undefined {
  return lstatSync(kernelPath(path), { bigint: true, throwIfNoEntry: false });
}

const untouched = { touched: false, described: false };

function directoryAt(path: LayerPath): Directory {
  const stats = lstatSync(kernelPath(path), { bigint: true });
  return { path, atime: timeOf(stats.atimeNs), mtime: timeOf(stats.mtimeNs), ...untouched };
}

export function timeOf(ns: bigint): TarTime {
  const nsec = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { sec: (ns - nsec) / 1_000_000_000n, nsec: Number(nsec) };
}
