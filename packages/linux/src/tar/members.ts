import { DataLossError, InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { EntryType, SparseMap, TarEntry, TarLimits } from './entry.js';
import { ownerId } from './fields.js';
import type { RawHeader } from './header.js';
import { mergeGlobal, parsePax } from './pax.js';
import type { PaxFields, PaxSparse } from './pax.js';

const flag = {
  gnuLongName: 0x4c, // L
  gnuLongLink: 0x4b, // K
  pax: 0x78, // x
  paxGlobal: 0x67, // g
  label: 0x56, // V
} as const;

/** '\0' (v7), '7' (contiguous) and 'S' (sparse) are files too. */
const types: Readonly<Record<number, EntryType>> = {
  0x00: 'file',
  0x30: 'file',
  0x37: 'file',
  0x53: 'file',
  0x31: 'hardlink',
  0x32: 'symlink',
  0x33: 'character',
  0x34: 'block',
  0x35: 'directory',
  0x36: 'fifo',
};

const noXattrs: ReadonlyMap<string, Buffer> = new Map();
const empty = Buffer.alloc(0);

export function isExtension(typeflag: number): boolean {
  return (
    typeflag === flag.pax ||
    typeflag === flag.paxGlobal ||
    typeflag === flag.gnuLongName ||
    typeflag === flag.gnuLongLink
  );
}

/** Links, directories and nodes have no body whatever their size field says (as Go's archive/tar has it). */
export function hasBody(typeflag: number): boolean {
  return typeflag < 0x31 || typeflag > 0x36;
}

/** The extended headers that precede a member, and the global ones so far. */
export class Extensions {
  readonly #limits: TarLimits;
  #global: PaxFields = {};
  #pax: PaxFields | undefined;
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;

  constructor(limits: TarLimits) {
    this.#limits = limits;
  }

  /** Whether nothing waits for a member. */
  get empty(): boolean {
    return this.#pax === undefined && this.#longName === undefined && this.#longLink === undefined;
  }

  get size(): number | undefined {
    return this.#pax?.size;
  }

  get sparse(): PaxSparse | undefined {
    return this.#pax?.sparse;
  }

  get fields(): PaxFields {
    return this.#pax ?? this.#global;
  }

  /** GNU's long name, else PAX's, else the header's. */
  path(header: RawHeader): Buffer {
    return this.#name(
      this.#longName ?? this.sparse?.name ?? this.#pax?.path ?? header.path,
      'name',
    );
  }

  link(header: RawHeader): Buffer {
    return this.#name(this.#longLink ?? this.#pax?.linkpath ?? header.link, 'link target');
  }

  #name(name: Buffer, what: string): Buffer {
    if (name.length > this.#limits.nameBytes) throw tooLong(what, this.#limits.nameBytes);
    return name;
  }

  /** Refuses a body that would have to be kept in memory and is too long. */
  check(typeflag: number, size: number): void {
    const isPax = typeflag === flag.pax || typeflag === flag.paxGlobal;
    const limit = isPax ? this.#limits.paxBytes : this.#limits.nameBytes + 1;
    if (size > limit) throw tooLong(isPax ? 'extended header' : 'name', limit);
  }

  add(typeflag: number, body: Buffer): void {
    if (typeflag === flag.gnuLongName) this.#longName = untilNul(body);
    else if (typeflag === flag.gnuLongLink) this.#longLink = untilNul(body);
    else if (typeflag === flag.pax) this.#pax = { ...this.#global, ...parsePax(body) };
    else this.#global = mergeGlobal(this.#global, parsePax(body));
  }

  clear(): void {
    this.#pax = this.#longName = this.#longLink = undefined;
  }
}

function tooLong(what: string, limit: number): ResourceExhaustedError {
  return new ResourceExhaustedError(
    `the archive has one ${what} of more than ${limit} bytes, which is the limit`,
  );
}

function untilNul(body: Buffer): Buffer {
  const nul = body.indexOf(0);
  return nul === -1 ? body : body.subarray(0, nul);
}

/**
 * The member that a header and its extensions describe; undefined for a GNU volume label, which is no file.
 * @throws InvalidArgumentError for a kind that is not known.
 */
export function entryOf(
  header: RawHeader,
  extensions: Extensions,
  size: number,
  sparse: SparseMap | undefined,
): TarEntry | undefined {
  if (header.typeflag === flag.label) return undefined;
  const path = extensions.path(header);
  const type = typeOf(header.typeflag, path);
  const fields = extensions.fields;
  if (path.length === 0) throw new DataLossError('the archive has an entry without a name');
  if (type === 'directory' && size !== 0) {
    throw new DataLossError('the archive has a directory with a body');
  }
  return {
    path,
    type,
    mode: header.mode & 0o7777,
    uid: fields.uid ?? ownerId(header.uid, 'uid'),
    gid: fields.gid ?? ownerId(header.gid, 'gid'),
    size: type === 'file' ? size : 0,
    mtime: fields.mtime ?? { sec: BigInt(header.mtime), nsec: 0 },
    atime: fields.atime,
    link: type === 'symlink' || type === 'hardlink' ? extensions.link(header) : empty,
    major: header.major,
    minor: header.minor,
    xattrs: fields.xattrs ?? noXattrs,
    sparse,
  };
}

function typeOf(typeflag: number, path: Buffer): EntryType {
  const type = types[typeflag];
  if (type === undefined) {
    const shown = JSON.stringify(String.fromCharCode(typeflag));
    throw new InvalidArgumentError(`the archive has an entry of the unknown kind ${shown}`);
  }
  // v7 had no kind for directories, only the slash
  return typeflag === 0 && path[path.length - 1] === 0x2f ? 'directory' : type;
}
