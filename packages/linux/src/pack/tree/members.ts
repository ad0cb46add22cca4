import { FailedPreconditionError } from '@wharf/core';
import type { FileStatus, Native } from '../../../native/types.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName } from '../../unpack/apply/names.js';
import { paddingOf } from '../../tar/entry.js';
import type { EntryType, TarTime } from '../../tar/entry.js';
import { encodeHeader } from '../../tar/writer.js';
import type { TarMember } from '../../tar/writer.js';
import { attributesOf } from './attributes.js';
import type { Attributes } from './attributes.js';
import { kindOf } from './kinds.js';
import type { Pages } from './pages.js';
import type { Visit } from './walk.js';

/** Nothing has that name any more, or what is no link (EINVAL of readlink). */
const gone: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EINVAL']);
/** Longest extended header that readers take: Go's archive/tar, and ours. */
const maxHeaderBytes = 1 << 20;
/** Files up to this length are read in one call. */
const smallBytes = 64 << 10;
const zeros = Buffer.alloc(512);
const none: ReadonlyMap<string, Uint8Array> = new Map();

export interface MemberOptions {
  /** No time in the archive is later: seconds since the epoch, as SOURCE_DATE_EPOCH means it. */
  readonly epochSeconds?: number;
  /** Keeps nanoseconds. Without it times are cut to the second, as Docker's layers have them: no extended headers. */
  readonly exactTimes?: boolean;
}

/** What was left out, or could not be read as it was. */
export interface LeftOut {
  /** Sockets, which no archive can hold. */
  sockets: number;
  /** Files that got shorter or longer while they were read: their tail is zeros, or missing. */
  changed: number;
  /** Files whose names mean something else in a layer (`.wh.*`). */
  reserved: number;
}

/** Writes the members of one archive. Nothing of the host is in it: no user names, no times but mtime, no inode numbers. */
export class Members {
  entries = 0;
  readonly leftOut: LeftOut = { sockets: 0, changed: 0, reserved: 0 };
  readonly #native: Native;
  readonly #pages: Pages;
  readonly #options: MemberOptions;
  readonly #small = Buffer.allocUnsafeSlow(smallBytes);
  /** The first name of files that have several, by device and inode. */
  readonly #links = new Map<string, LayerPath>();

  constructor(native: Native, pages: Pages, options: MemberOptions) {
    this.#native = native;
    this.#pages = pages;
    this.#options = options;
  }

  /** The entry of a visit under the name `as`. */
  *entry(visit: Visit, as: LayerPath, given?: Attributes): Generator<Buffer> {
    const kind = kindOf(visit.status);
    if (kind === undefined) {
      this.leftOut.sockets++;
      return;
    }
    try {
      if (kind === 'file') yield* this.#file(visit, as);
      else yield* this.#other(visit, as, kind, given);
    } catch (error) {
      if (!gone.has(errnoOf(error))) throw faultOf(error, visit.path, 'read');
      this.leftOut.changed++;
    }
  }

  /** An empty file that says something by its name. */
  *marker(path: LayerPath, mtimeSec: number): Generator<Buffer> {
    const mtime = this.#time(mtimeSec, 0);
    yield* this.#header({ path: Buffer.from(path, 'latin1'), type: 'file', mode: 0, mtime });
  }

  *#other(
    { fd, name, status }: Visit,
    as: LayerPath,
    kind: EntryType,
    given: Attributes | undefined,
  ): Generator<Buffer> {
    const { kept } = given ?? attributesOf(this.#native, fd, name);
    const member = this.#member(status, as, kind, kept);
    const link = kind === 'symlink' ? this.#native.readlinkat(fd, name) : undefined;
    const linked = kind === 'directory' ? undefined : this.#linkedTo(status, as);
    if (linked !== undefined) yield* this.#header(linkTo(member, linked));
    else yield* this.#header(link === undefined ? member : { ...member, link });
  }

  *#file(visit: Visit, as: LayerPath): Generator<Buffer> {
    const { links, size } = visit.status;
    if (links < 2 && size <= smallBytes) {
      const small = this.#native.readPlainFile(visit.fd, visit.name, this.#small);
      if (small !== null && small.read >= 0) return yield* this.#smallFile(small, as);
    }
    yield* this.#opened(visit, as);
  }

  *#smallFile(
    status: NonNullable<ReturnType<Native['readPlainFile']>>,
    as: LayerPath,
  ): Generator<Buffer> {
    const { size, read, changed } = status;
    yield* this.#header({ ...this.#member(status, as, 'file', none), size });
    if (changed) this.leftOut.changed++;
    const content = this.#small.fill(0, read, size).subarray(0, size);
    if (!this.#pages.add(content)) yield* this.#pages.put(content);
    const padding = zeros.subarray(0, paddingOf(size));
    if (!this.#pages.add(padding)) yield* this.#pages.put(padding);
  }

  *#opened(visit: Visit, as: LayerPath): Generator<Buffer> {
    const fd = this.#native.openRegular(visit.fd, visit.name);
    if (fd === null) {
      this.leftOut.changed++;
      return;
    }
    try {
      // What is open is what is archived; the name may be another's by now.
      const status = this.#native.statAt(fd, Buffer.alloc(0));
      if (status === null) return;
      const { kept } = attributesOf(this.#native, fd, Buffer.alloc(0));
      const member = this.#member(status, as, 'file', kept);
      const linked = this.#linkedTo(status, as);
      if (linked === undefined) yield* this.#content(member, fd, status.size);
      else yield* this.#header(linkTo(member, linked));
    } finally {
      this.#native.close(fd);
    }
  }

  *#content(member: TarMember, fd: number, size: number): Generator<Buffer> {
    yield* this.#header({ ...member, size });
    const read = yield* this.#pages.body(fd, size);
    if (read < size || this.#native.statAt(fd, Buffer.alloc(0))?.size !== size) {
      this.leftOut.changed++;
    }
  }

  #member(
    status: FileStatus,
    as: LayerPath,
    type: EntryType,
    xattrs: ReadonlyMap<string, Uint8Array>,
  ): TarMember {
    const { mode, uid, gid, major, minor, mtimeSec, mtimeNsec } = status;
    const mtime = this.#time(mtimeSec, mtimeNsec);
    const path = Buffer.from(as, 'latin1');
    return { path, type, mode: mode & 0o7777, uid, gid, mtime, major, minor, xattrs };
  }

  #time(sec: number, nsec: number): TarTime {
    const { epochSeconds = Infinity, exactTimes = false } = this.#options;
    if (sec >= epochSeconds) return { sec: BigInt(epochSeconds), nsec: 0 };
    return { sec: BigInt(sec), nsec: exactTimes ? nsec : 0 };
  }

  #linkedTo({ links, device, inode }: FileStatus, as: LayerPath): LayerPath | undefined {
    if (links < 2) return undefined;
    const key = `${device}:${inode}`;
    const first = this.#links.get(key);
    if (first === undefined) this.#links.set(key, as);
    return first;
  }

  *#header(member: TarMember): Generator<Buffer> {
    const header = encodeHeader(member);
    if (header.length > maxHeaderBytes) {
      throw new FailedPreconditionError(
        `${shownName(Buffer.from(member.path as Uint8Array).toString('latin1'))} has attributes of more than ${maxHeaderBytes} bytes, which no archive can hold`,
      );
    }
    this.entries++;
    if (!this.#pages.add(header)) yield* this.#pages.put(header);
  }
}

function linkTo(member: TarMember, first: LayerPath): TarMember {
  return { ...member, type: 'hardlink', link: Buffer.from(first, 'latin1') };
}
