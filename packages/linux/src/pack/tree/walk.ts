import { CancelledError, FailedPreconditionError, NotFoundError } from '@wharf/core';
import { constants } from 'node:fs';
import { anchored, anchoredInMount } from '../../../native/constants.js';
import type { FileStatus, Native } from '../../../native/types.js';
import { errnoOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName } from '../../unpack/apply/names.js';
import { isDirectory } from './kinds.js';

const directoryFlags =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Descriptors that are kept while the walk is deeper; others are opened again. */
const maxOpen = 32;
/** What a path can have, limits.h; an archive with more could not be unpacked by name. */
const maxPath = 4095;
const maxDepth = 1024;

/** One entry of a tree, as it was when the walk came to it. */
export interface Visit {
  /** From the root of the walk, '' for the root itself. */
  readonly path: LayerPath;
  /** The directory it is in, and its name there; for directories itself and ''. Valid until the next visit. */
  readonly fd: number;
  readonly name: Buffer;
  readonly status: FileStatus;
  /** Names of its extended attributes, where somebody has looked. */
  readonly attributes?: readonly string[];
}

export interface WalkOptions {
  readonly native: Native;
  /** Descriptor of a directory; nothing outside it is looked at. */
  readonly rootFd: number;
  /** Where to start, '' for the root. Not followed when it is a link. */
  readonly start: LayerPath;
  /** Whether what is mounted in the tree is part of it; else a mount point is an empty directory. */
  readonly crossMounts: boolean;
  readonly stopped: () => boolean;
  /** Not even looked at where it says false. */
  readonly include: (path: LayerPath) => boolean;
}

interface Level {
  readonly path: LayerPath;
  readonly status: FileStatus;
  readonly names: readonly string[];
  at: number;
  fd: number | undefined;
}

const self = Buffer.alloc(0);

/**
 * Visits a tree that may change meanwhile and is not trusted: each directory first, then what is in it, ordered by the
 * bytes of the names. Everything is relative to `rootFd`; no link is followed (R1). What vanishes between two looks is
 * left out and counted in `changed`. At most `maxOpen` descriptors are open.
 * @throws NotFoundError without `start`; FailedPreconditionError for a tree deeper than a path; CancelledError.
 */
export class TreeWalk implements Iterable<Visit> {
  /** Directories that were replaced or moved while the walk was in them. */
  changed = 0;
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  #closedBelow = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  *[Symbol.iterator](): Generator<Visit> {
    try {
      yield* this.#visits();
    } finally {
      for (const level of this.#levels) this.#close(level);
    }
  }

  *#visits(): Generator<Visit> {
    yield this.#first();
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (this.#options.stopped()) throw new CancelledError();
      const name = level.names[level.at++];
      if (name === undefined || !this.#reopen(level)) this.#leave(level);
      else {
        const visit = this.#visit(level, name);
        if (visit !== undefined) yield visit;
      }
    }
  }

  #first(): Visit {
    const { native, rootFd, start } = this.#options;
    const name = Buffer.from(start, 'latin1');
    const status = native.statAt(rootFd, name);
    if (status === null) throw new NotFoundError('file', shownName(start));
    if (!isDirectory(status)) return { path: start, fd: rootFd, name, status };
    const visit = this.#enter(rootFd, name, start, start === '');
    if (visit === undefined) throw new NotFoundError('file', shownName(start));
    return visit;
  }

  #visit(level: Level, name: string): Visit | undefined {
    const path = level.path === '' ? name : `${level.path}/${name}`;
    const { native, include } = this.#options;
    if (level.fd === undefined || !include(path)) return undefined;
    if (path.length > maxPath) throw tooDeep(path);
    const bytes = Buffer.from(name, 'latin1');
    const status = native.statAt(level.fd, bytes);
    if (status === null) return undefined;
    if (isDirectory(status)) return this.#enter(level.fd, bytes, path, false);
    return { path, fd: level.fd, name: bytes, status };
  }

  #enter(parent: number, name: Buffer, path: LayerPath, isRoot: boolean): Visit | undefined {
    const { native } = this.#options;
    if (this.#levels.length >= maxDepth) throw tooDeep(path);
    const opened = this.#open(parent, isRoot ? Buffer.from('.') : name);
    if (opened === undefined) return undefined;
    const { fd, mounted } = opened;
    try {
      const status = native.statAt(fd, self);
      if (status === null) return undefined;
      const names = mounted ? [] : native.readDirectory(fd).sort();
      this.#levels.push({ path, status, names, at: 0, fd });
      this.#spare();
      return { path, fd, name: self, status };
    } catch (error) {
      native.close(fd);
      throw error;
    }
  }

  #open(parent: number, name: Buffer): { fd: number; mounted: boolean } | undefined {
    const { native, crossMounts } = this.#options;
    const resolve = crossMounts ? anchored : anchoredInMount;
    try {
      return { fd: native.openat2(parent, name, directoryFlags, 0, resolve), mounted: false };
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'EXDEV' && !crossMounts) return this.#mountPoint(parent, name);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
      throw error;
    }
  }

  #mountPoint(parent: number, name: Buffer): { fd: number; mounted: boolean } {
    const fd = this.#options.native.openat2(parent, name, directoryFlags, 0, anchored);
    return { fd, mounted: true };
  }

  /** Closes the outermost directory when too many are open. */
  #spare(): void {
    if (this.#levels.length - this.#closedBelow <= maxOpen) return;
    const level = this.#levels[this.#closedBelow++];
    if (level !== undefined) this.#close(level);
  }

  /** False when the directory is not what it was. */
  #reopen(level: Level): boolean {
    if (level.fd !== undefined) return true;
    this.#closedBelow = Math.min(this.#closedBelow, this.#levels.length - 1);
    const name = Buffer.from(level.path === '' ? '.' : level.path, 'latin1');
    const opened = this.#open(this.#options.rootFd, name);
    level.fd = opened?.fd;
    const status = opened && this.#options.native.statAt(opened.fd, self);
    const { inode, device } = level.status;
    if (status?.inode === inode && status.device === device) return true;
    this.changed++;
    return false;
  }

  #leave(level: Level): void {
    this.#close(level);
    this.#levels.pop();
    this.#closedBelow = Math.min(this.#closedBelow, this.#levels.length);
  }

  #close(level: Level): void {
    if (level.fd !== undefined) this.#options.native.close(level.fd);
    level.fd = undefined;
  }
}

function tooDeep(path: LayerPath): FailedPreconditionError {
  return new FailedPreconditionError(
    `${shownName(path)} is deeper than an archive can say: at most ${maxDepth} directories and ${maxPath} bytes`,
  );
}
