import { InvalidArgumentError } from '@wharf/core';
import type { Native } from '../../../native/types.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { cleanName, shownName } from '../../unpack/apply/names.js';
import { isDirectory } from './kinds.js';
import { Members } from './members.js';
import type { LeftOut, MemberOptions } from './members.js';
import { Pages } from './pages.js';
import { TreeWalk } from './walk.js';

export interface PackTreeOptions extends MemberOptions {
  readonly native: Native;
  /** Descriptor of the directory that is the root; nothing outside it is looked at, whatever links say. */
  readonly rootFd: number;
  /**
   * What to pack, from the root (a leading slash is fine); default all. No component on the way may be a link (resolve
   * them before); if it is a link itself, that link is packed.
   */
  readonly path?: Uint8Array | string;
  /**
   * Name of the top entry in the archive: for `/a/b` packed as `b` the entries are `b`, `b/c`. '' (the default) puts
   * what is in the directory at the top and leaves out the directory; it cannot be '' for what is not a directory. As
   * the text `.` it is the top entry `./`, and the others are `./c`.
   */
  readonly name?: Uint8Array | string;
  /** Whether what is mounted in the tree is packed; default no: a mount point is an empty directory. */
  readonly crossMounts?: boolean;
  /** Leaves out an entry, and all in it, by its path from the root (latin1, without leading slash). */
  readonly include?: (path: string) => boolean;
  /** Asked between entries and pages; true ends with CancelledError. */
  readonly stopped?: () => boolean;
}

export interface PackedTree {
  readonly entries: number;
  /** Of the archive. */
  readonly bytes: number;
  readonly leftOut: Readonly<LeftOut>;
}

/** Gets the archive in pieces of up to 1 MiB; each is only valid during the call. */
export type TarChunks = (chunk: Buffer) => void;

/**
 * Packs a tree, synchronously, on a thread that may be blocked (never the daemon's main thread). The same tree gives
 * the same bytes, on any host and in whatever order its directories list. A file that shrinks while it is read is filled
 * up with zeros and one that grows is cut, so the archive is always whole; `leftOut.changed` says so.
 * @throws NotFoundError for `path`; FailedPreconditionError (deeper than 1024 directories or 4095 bytes, EIO);
 *   CancelledError.
 */
export function packTree(sink: TarChunks, options: PackTreeOptions): PackedTree {
  const chunks = treeChunks(options);
  for (let next = chunks.next(); ; next = chunks.next()) {
    if (next.done === true) return next.value;
    sink(next.value);
  }
}

/** `packTree` for a consumer that waits between pieces: each is only valid until the next is asked for. */
export function* treeChunks(options: PackTreeOptions): Generator<Buffer, PackedTree> {
  const { native, rootFd, crossMounts = false, include = () => true } = options;
  const { stopped = () => false } = options;
  const start = cleanName(Buffer.from((options.path ?? '') as string));
  const top = options.name === '.' ? '.' : cleanName(Buffer.from((options.name ?? '') as string));
  const pages = new Pages();
  const members = new Members(native, pages, options);
  const walk = new TreeWalk({ native, rootFd, start, crossMounts, stopped, include });
  for (const visit of walk) {
    const as = renamed(visit.path, start, top);
    if (as !== '') yield* members.entry(visit, as);
    else if (!isDirectory(visit.status)) throw nameless(start);
  }
  yield* pages.end();
  members.leftOut.changed += walk.changed;
  return { entries: members.entries, bytes: pages.bytes, leftOut: members.leftOut };
}

function nameless(path: LayerPath): InvalidArgumentError {
  return new InvalidArgumentError(`${shownName(path)} is no directory and needs a name`);
}

function renamed(path: LayerPath, start: LayerPath, top: LayerPath): LayerPath {
  const inside = start === '' ? path : path.slice(start.length + 1);
  if (inside === '' || top === '') return inside === '' ? top : inside;
  return `${top}/${inside}`;
}
