import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writePrivate } from '../contexts/write.js';
import type { Environment } from '../contexts/files.js';
import type { DiskPath } from './bytes-path.js';
import { sha256 } from '../sha256.js';
import { dropOldIndexes } from './old-indexes.js';

/** Digests of files as they were when they were last hashed. */
export interface KnownDigest {
  readonly identity: string;
  /** Without `sha256:`. */
  readonly hex: string;
}

const head = 'wharf context index 1';
const maxIndexBytes = 1 << 30;

/** Where the index of a directory is kept: `$XDG_CACHE_HOME/wharf/contexts/`, by the hash of its real path. */
export function indexPath(env: Environment, directory: string): string {
  const cache = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(cache, 'wharf', 'contexts', sha256(directory));
}

/** Empty for an index that is missing, broken, or could have been written by someone else: all is hashed again then. */
export function readIndex(path: string): ReadonlyMap<DiskPath, KnownDigest> {
  try {
    return parseIndex(readOwn(path));
  } catch {
    return new Map();
  }
}

function readOwn(path: string): string {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = openSync(path, flags);
  try {
    const stats = fstatSync(fd);
    const isOwn = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
    if (!isOwn || stats.size > maxIndexBytes) return '';
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

/**
 * `wharf context index 1 SHA256` and a NUL, then for each file `HEX SIZE MTIME CTIME INODE MODE PATH` and a NUL, of all of which the
 * SHA-256 is; latin1.
 */
export function formatIndex(known: ReadonlyMap<DiskPath, KnownDigest>): string {
  const lines: string[] = [];
  for (const [path, { hex, identity }] of known) lines.push(`${hex} ${identity} ${path}\0`);
  const body = lines.join('');
  return `${head} ${checksum(body)}\0${body}`;
}

export function parseIndex(text: string): ReadonlyMap<DiskPath, KnownDigest> {
  const known = new Map<DiskPath, KnownDigest>();
  const start = text.indexOf('\0') + 1;
  const body = text.slice(start);
  if (text.slice(0, start) !== `${head} ${checksum(body)}\0`) return known;
  for (let at = 0; at < body.length;) {
    const end = body.indexOf('\0', at);
    const path = behindSpaces(body, at + 65, 5);
    known.set(body.slice(path, end), {
      hex: body.slice(at, at + 64),
      identity: body.slice(at + 65, path - 1),
    });
    at = end + 1;
  }
  return known;
}

function behindSpaces(text: string, from: number, count: number): number {
  let at = from;
  for (let i = 0; i < count; i++) at = text.indexOf(' ', at) + 1;
  return at;
}

function checksum(body: string): string {
  return sha256(Buffer.from(body, 'latin1'));
}

/**
 * A cache that cannot be written is none: the next walk is slow, not wrong. With the first index of a directory those go that are
 * not used any more.
 */
export async function writeIndex(
  path: string,
  known: ReadonlyMap<DiskPath, KnownDigest>,
): Promise<void> {
  const isNew = !existsSync(path);
  try {
    // Its checksum tells whether it is whole.
    await writePrivate(path, Buffer.from(formatIndex(known), 'latin1'), { lasting: false });
    if (isNew) await dropOldIndexes(dirname(path));
  } catch {
    // As if there were none.
  }
}
