import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import { DataLossError } from '@wharf/core';
import { encodeHeader, tarTrailer, type TarMember } from '@wharf/linux/tar';
import { bytesText } from '../commands/shared/bytes-text.js';
import { openBelow, pathAt, pathOf } from './anchored.js';
import { guard } from './guard.js';

const readBytes = 256 * 1024;
const blockBytes = 512;
const big = { bigint: true } as const;

/** A pipe that somebody put in place of the file must not hold us. */
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK;

/** Writes members of an archive, each from an open directory, so that nothing outside of it is read (rule R1). */
export class MemberPacker {
  readonly #skipped: (path: string, what: string) => void;
  /** Where a file with several names is in the archive, by device and inode. */
  readonly #linked = new Map<string, Buffer>();

  constructor(skipped: (path: string, what: string) => void) {
    this.#skipped = skipped;
  }

  /** An open directory and all that is in it; without a name what is in it alone. */
  *directory(directory: number, path: Buffer): Generator<Buffer> {
    if (path.length > 0) {
      yield header(path, 'directory', statSync(pathOf(directory), big));
    }
    const names = guard(path, () => readdirSync(pathOf(directory), { encoding: 'buffer' }));
    names.sort((one, other) => Buffer.compare(one, other));
    for (const name of names) {
      const inner = path.length === 0 ? name : Buffer.concat([path, Buffer.from('/'), name]);
      yield* this.entry(directory, name, inner, { followLink: false });
    }
  }

  /** What lies under a name of an open directory. */
  *entry(
    directory: number,
    name: Buffer,
    path: Buffer,
    { followLink }: { readonly followLink: boolean },
  ): Generator<Buffer> {
    const own = pathAt(directory, name);
    const found = guard(path, () => (followLink ? statSync(own, big) : lstatSync(own, big)));
    if (found.isDirectory()) {
      const inner = guard(path, () => openBelow(directory, name, { make: false }));
      try {
        yield* this.directory(inner, path);
      } finally {
        closeSync(inner);
      }
    } else if (found.isFile()) yield* this.#file(own, path, { found, followLink });
    else if (found.isSymbolicLink()) {
      const link = guard(path, () => readlinkSync(own, { encoding: 'buffer' }));
      yield header(path, 'symlink', found, { link });
    } else yield* this.#node(path, found);
  }

  *#node(path: Buffer, found: BigIntStats): Generator<Buffer> {
    if (found.isFIFO()) yield header(path, 'fifo', found);
    else if (found.isCharacterDevice()) yield header(path, 'character', found, device(found));
    else if (found.isBlockDevice()) yield header(path, 'block', found, device(found));
    else this.#skipped(bytesText(path), 'socket');
  }

  *#file(
    own: Buffer,
    path: Buffer,
    { found, followLink }: { readonly found: BigIntStats; readonly followLink: boolean },
  ): Generator<Buffer> {
    const key = `${found.dev}:${found.ino}`;
    const first = found.nlink > 1n ? this.#linked.get(key) : undefined;
    if (first !== undefined) return yield header(path, 'hardlink', found, { link: first });
    if (found.nlink > 1n) this.#linked.set(key, path);
    const flags = followLink ? readFlags : readFlags | constants.O_NOFOLLOW;
    const file = guard(path, () => openSync(own, flags));
    try {
      const opened = fstatSync(file, big);
      if (!opened.isFile()) throw changed(path);
      yield header(path, 'file', opened, { size: Number(opened.size) });
      yield* body(file, path, Number(opened.size));
    } finally {
      closeSync(file);
    }
  }
}

function* body(file: number, path: Buffer, size: number): Generator<Buffer> {
  for (let left = size; left > 0;) {
    const chunk = Buffer.allocUnsafe(Math.min(left, readBytes));
    const count = guard(path, () => readSync(file, chunk, 0, chunk.length, null));
    if (count === 0) throw changed(path);
    left -= count;
    yield chunk.subarray(0, count);
  }
  const rest = size % blockBytes;
  if (rest > 0) yield tarTrailer.subarray(0, blockBytes - rest);
}

function changed(path: Buffer): DataLossError {
  const shown = JSON.stringify(bytesText(path));
  return new DataLossError(`${shown} was changed while it was read, copy it again`);
}

const nanos = 1_000_000_000n;

function header(
  path: Buffer,
  type: TarMember['type'],
  { mode, uid, gid, mtimeNs }: BigIntStats,
  more: Partial<TarMember> = {},
): Buffer {
  // To the second, downwards, as docker: fractions would double the headers.
  const sec = (mtimeNs - (((mtimeNs % nanos) + nanos) % nanos)) / nanos;
  const mtime = { sec, nsec: 0 };
  const owner = { uid: Number(uid), gid: Number(gid) };
  return encodeHeader({ path, type, mode: Number(mode & 0o7777n), ...owner, mtime, ...more });
}

/** Numbers of a device as makedev(3) of glibc packs them. */
function device({ rdev }: BigIntStats): { readonly major: number; readonly minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return { major: Number(major), minor: Number(minor & 0xffffffffn) };
}
