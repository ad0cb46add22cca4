import { ResourceExhaustedError } from '@wharf/core';
import { every, isDigit } from './chars.js';

/** One line of passwd(5). Names are bytes, written as Latin-1 text. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** '' when the line has none. */
  readonly home: string;
}

/** One line of group(5). */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The largest user or group id: 2^31-1. */
export const maxId = 2 ** 31 - 1;

/** Bytes of /etc/passwd or /etc/group of an image that are looked at. */
export const maxUserDatabaseBytes = 4 * 1024 * 1024;

/**
 * The entries of /etc/passwd of an image, in order. The file is the image's, so a line that is not well formed
 * (fields missing, an id that is not 0 to 2^31-1, a NUL) is no entry: read leniently it could name root.
 */
export function* passwdEntries(bytes: Uint8Array | undefined): Generator<PasswdEntry> {
  for (const line of lines(bytes, '/etc/passwd')) {
    const [name = '', , uidText = '', gidText = '', , home = ''] = line.split(':', 7);
    const [uid, gid] = [parseId(uidText), parseId(gidText)];
    if (name !== '' && uid !== undefined && gid !== undefined) {
      yield { name, uid, gid, home: fromLatin1(home) };
    }
  }
}

/** The entries of /etc/group of an image, in order; malformed lines are no entries. */
export function* groupEntries(bytes: Uint8Array | undefined): Generator<GroupEntry> {
  for (const line of lines(bytes, '/etc/group')) {
    const [name = '', , gidText = '', members = ''] = line.split(':', 4);
    const gid = parseId(gidText);
    if (name === '' || gid === undefined) continue;
    yield { name, gid, members: members.split(',').map((member) => member.trim()) };
  }
}

/** An id in range, written in at most ten decimal digits; undefined for everything else. */
export function parseId(text: string): number | undefined {
  if (text === '' || text.length > 10 || !every(text, isDigit)) return undefined;
  const id = Number(text);
  return id <= maxId ? id : undefined;
}

/** Text as the bytes of its UTF-8, one character each: the form of names here. */
export function toLatin1(text: string): string {
  return latin1(new TextEncoder().encode(text));
}

function* lines(bytes: Uint8Array | undefined, file: string): Generator<string> {
  if (bytes === undefined) return;
  if (bytes.length > maxUserDatabaseBytes) {
    throw new ResourceExhaustedError(
      `${file} of the image has ${bytes.length} bytes, the limit is ${maxUserDatabaseBytes}`,
    );
  }
  let from = 0;
  while (from < bytes.length) {
    const newline = bytes.indexOf(0x0a, from);
    const end = newline < 0 ? bytes.length : newline;
    const line = latin1(bytes.subarray(from, end)).trim();
    from = end + 1;
    if (line !== '' && !line.startsWith('#') && !line.includes('\0')) yield line;
  }
}

/** Not TextDecoder('latin1'), which is windows-1252 and maps 0x80 to 0x9f elsewhere. */
function latin1(bytes: Uint8Array): string {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    chunks.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return chunks.join('');
}

function fromLatin1(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
