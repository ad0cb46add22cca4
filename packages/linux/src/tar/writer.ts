import { InternalError, InvalidArgumentError } from '@wharf/core';
import type { EntryType, TarTime } from './entry.js';
import { blockBytes, paddingOf } from './entry.js';
import { formatPaxRecord } from './pax.js';

/** A member to be written. Everything in it ends up in the archive; nothing of the host is added. */
export interface TarMember {
  /** Without a leading slash; directories may end in one. */
  readonly path: Uint8Array | string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Default: the epoch. */
  readonly mtime?: TarTime;
  readonly link?: Uint8Array | string;
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Length of `body`; needed when the body is a stream. */
  readonly size?: number;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

const typeflags: Readonly<Record<EntryType, number>> = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  character: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
};

const maxOctal7 = 0o7777777;
const maxOctal11 = 0o77777777777;
const empty = Buffer.alloc(0);

/** What ends an archive: two blocks of zeros. */
export const tarTrailer: Buffer = Buffer.alloc(2 * blockBytes);

/**
 * Writes an archive: same members in the same order, same bytes, on every host. Members come as they are given: sort
 * them by path (as bytes) for a canonical archive. PAX records are used only for what ustar cannot say.
 * @throws InvalidArgumentError for a member that cannot be written.
 */
export async function* writeTar(
  members: Iterable<TarMember> | AsyncIterable<TarMember>,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  for await (const member of members) {
    signal.throwIfAborted();
    yield encodeHeader(member);
    if (member.body !== undefined) yield* writeBody(member, member.body);
  }
  yield tarTrailer;
}

async function* writeBody(
  member: TarMember,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  let written = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    written += chunk.length;
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (written !== sizeOf(member)) {
    throw new InvalidArgumentError(
      `${shown(member)} gave ${written} bytes where ${sizeOf(member)} were announced, it changed while it was read`,
    );
  }
  const padding = paddingOf(written);
  if (padding > 0) yield tarTrailer.subarray(0, padding);
}

/** The header blocks of a member, extended header included. */
export function encodeHeader(member: TarMember): Buffer {
  const block = Buffer.allocUnsafe(blockBytes).fill(0);
  const records = new Map<string, Uint8Array>();
  writeName(block, bytesOf(member.path), member.type, records);
  writeLink(block, bytesOf(member.link ?? empty), records);
  octalField(block, 100, 8, member.mode & 0o7777);
  writeNumber(block, 108, 8, member.uid ?? 0, 'uid', records);
  writeNumber(block, 116, 8, member.gid ?? 0, 'gid', records);
  writeNumber(block, 124, 12, sizeOf(member), 'size', records);
  writeTime(block, member.mtime ?? { sec: 0n, nsec: 0 }, records);
  block[156] = typeflags[member.type];
  block.write('ustar\x0000', 257, 'latin1');
  if (member.type === 'character' || member.type === 'block') {
    octalField(block, 329, 8, member.major ?? 0);
    octalField(block, 337, 8, member.minor ?? 0);
  }
  for (const [key, value] of member.xattrs ?? []) records.set(`SCHILY.xattr.${key}`, value);
  writeChecksum(block);
  return records.size === 0 ? block : Buffer.concat([encodePax(member, records), block]);
}

function sizeOf(member: TarMember): number {
  const size = member.body instanceof Uint8Array ? member.body.length : (member.size ?? 0);
  if (size > 0 && member.type !== 'file') {
    throw new InvalidArgumentError(`${shown(member)} is a ${member.type} and cannot have a body`);
  }
  return size;
}

function shown(member: TarMember): string {
  return JSON.stringify(bytesOf(member.path).toString());
}

function bytesOf(text: Uint8Array | string): Buffer {
  return Buffer.from(text as string);
}

function writeName(
  block: Buffer,
  given: Buffer,
  type: EntryType,
  records: Map<string, Uint8Array>,
): void {
  const slash = given[given.length - 1] === 0x2f;
  const path = type === 'directory' && !slash ? Buffer.concat([given, Buffer.from('/')]) : given;
  if (path.length === 0 || path.includes(0)) {
    throw new InvalidArgumentError('an entry of an archive needs a name without NUL bytes');
  }
  if (path.length <= 100) {
    path.copy(block, 0);
    return;
  }
  const split = path.indexOf(0x2f, path.length - 101);
  if (split > 0 && split <= 155 && split < path.length - 1) {
    path.copy(block, 0, split + 1);
    path.copy(block, 345, 0, split);
    return;
  }
  path.copy(block, 0, 0, 100);
  records.set('path', path);
}

function writeLink(block: Buffer, link: Buffer, records: Map<string, Uint8Array>): void {
  if (link.includes(0)) {
    throw new InvalidArgumentError('an entry of an archive needs a link target without NUL bytes');
  }
  link.copy(block, 157, 0, 100);
  if (link.length > 100) records.set('linkpath', link);
}

function writeNumber(
  block: Buffer,
  at: number,
  length: 8 | 12,
  value: number,
  key: string,
  records: Map<string, Uint8Array>,
): void {
  const fits = value <= (length === 8 ? maxOctal7 : maxOctal11);
  octalField(block, at, length, fits ? value : 0);
  if (!fits) records.set(key, Buffer.from(String(value)));
}

function writeTime(block: Buffer, time: TarTime, records: Map<string, Uint8Array>): void {
  const fits = time.sec >= 0n && time.sec <= BigInt(maxOctal11);
  octalField(block, 136, 12, fits ? Number(time.sec) : 0);
  if (!fits || time.nsec !== 0) records.set('mtime', Buffer.from(formatTime(time)));
}

/** Decimal seconds; a negative time counts its fraction downwards, as in POSIX pax. */
function formatTime({ sec, nsec }: TarTime): string {
  if (nsec === 0) return String(sec);
  const negative = sec < 0n;
  const whole = negative ? -(sec + 1n) : sec;
  const fraction = String(negative ? 1_000_000_000 - nsec : nsec).padStart(9, '0');
  return `${negative ? '-' : ''}${whole}.${fraction.replace(/0+$/, '')}`;
}

function octalField(block: Buffer, at: number, length: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('an entry of an archive has a number that is out of range');
  }
  const digits = value.toString(8).padStart(length - 1, '0');
  if (digits.length >= length) throw new InternalError(`${value} does not fit a tar header`);
  block.write(digits, at, 'latin1');
}

function writeChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += block[at] ?? 0;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function encodePax(member: TarMember, records: ReadonlyMap<string, Uint8Array>): Buffer {
  const keys = [...records.keys()].sort((a, b) => (a < b ? -1 : 1));
  const body = Buffer.concat(keys.map((key) => formatPaxRecord(key, records.get(key) ?? empty)));
  const block = Buffer.allocUnsafe(blockBytes).fill(0);
  const path = bytesOf(member.path);
  Buffer.concat([Buffer.from('PaxHeaders.0/'), path]).copy(block, 0, 0, 100);
  octalField(block, 100, 8, 0o644);
  octalField(block, 108, 8, 0);
  octalField(block, 116, 8, 0);
  octalField(block, 124, 12, body.length);
  octalField(block, 136, 12, 0);
  block[156] = 0x78;
  block.write('ustar\x0000', 257, 'latin1');
  writeChecksum(block);
  return Buffer.concat([block, body, Buffer.alloc(paddingOf(body.length))]);
}
