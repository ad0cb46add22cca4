import { DataLossError, InvalidArgumentError } from '@wharf/core';
import type { TarTime } from './entry.js';
import { decimal, decimalTime, ownerId } from './fields.js';

/** What an extended header says; absent fields leave the header as it is. */
export interface PaxFields {
  path?: Buffer;
  linkpath?: Buffer;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: TarTime;
  atime?: TarTime;
  xattrs?: Map<string, Buffer>;
  sparse?: PaxSparse;
}

/** GNU's three ways to describe a sparse file: 0.0 and 0.1 (`map` is here), 1.0 (the map precedes the data). */
export interface PaxSparse {
  major?: number;
  minor?: number;
  name?: Buffer;
  size?: number;
  map?: number[];
}

const xattrPrefix = 'SCHILY.xattr.';
const sparsePrefix = 'GNU.sparse.';
const newline = 0x0a;
const equals = 0x3d;
/** What most headers have and nobody keeps. */
const ignored: ReadonlySet<string> = new Set(['ctime']);

/**
 * Parses the body of an extended header, POSIX pax "Extended Header File Format": `LENGTH KEY=VALUE\n` repeated.
 * Values stay bytes; a later record of one key wins; an empty value means "as the header has it".
 * @throws DataLossError when it is not well formed.
 */
export function parsePax(body: Buffer): PaxFields {
  const fields: PaxFields = {};
  for (let at = 0; at < body.length;) {
    const end = at + recordLength(body, at);
    const keyStart = body.indexOf(0x20, at) + 1;
    const split = body.indexOf(equals, keyStart);
    if (end > body.length || body[end - 1] !== newline || split <= keyStart || split >= end) {
      throw broken();
    }
    // each char of a key is one byte
    const key = body.toString('latin1', keyStart, split);
    if (!ignored.has(key)) applyRecord(fields, key, body.subarray(split + 1, end - 1));
    at = end;
  }
  return fields;
}

function recordLength(body: Buffer, start: number): number {
  let value = 0;
  for (let at = start; at < start + 8; at++) {
    const byte = body[at] ?? 0;
    if (byte === 0x20 && at > start && value > at - start + 1) return value;
    if (byte < 0x30 || byte > 0x39) break;
    value = value * 10 + byte - 0x30;
  }
  throw broken();
}

function broken(): DataLossError {
  return new DataLossError('the archive is corrupt: an extended header is not well formed');
}

function applyRecord(fields: PaxFields, key: string, value: Buffer): void {
  if (key.startsWith(xattrPrefix)) {
    fields.xattrs ??= new Map();
    fields.xattrs.set(key.slice(xattrPrefix.length), Buffer.from(value));
    return;
  }
  if (value.length === 0) return;
  if (key.startsWith(sparsePrefix)) {
    fields.sparse ??= {};
    applySparse(fields.sparse, key.slice(sparsePrefix.length), value);
    return;
  }
  switch (key) {
    case 'path':
    case 'linkpath':
      fields[key] = name(value);
      break;
    case 'size':
      fields.size = decimal(value, 'size');
      break;
    case 'uid':
    case 'gid':
      fields[key] = ownerId(decimal(value, key), key);
      break;
    case 'mtime':
    case 'atime':
      fields[key] = decimalTime(value, key);
      break;
  }
}

function applySparse(sparse: PaxSparse, key: string, value: Buffer): void {
  switch (key) {
    case 'major':
    case 'minor':
      sparse[key] = decimal(value, `sparse ${key}`);
      break;
    case 'name':
      sparse.name = name(value);
      break;
    case 'size':
    case 'realsize':
      sparse.size = decimal(value, 'sparse size');
      break;
    case 'map':
      sparse.map = sparseList(value);
      break;
    case 'offset':
    case 'numbytes':
      appendRegion(sparse, key, decimal(value, `sparse ${key}`));
      break;
  }
}

/** Format 0.0 repeats offset, numbytes, offset, numbytes, …: order is meaning. */
function appendRegion(sparse: PaxSparse, key: 'offset' | 'numbytes', value: number): void {
  sparse.map ??= [];
  if ((sparse.map.length % 2 === 0) !== (key === 'offset')) throw broken();
  sparse.map.push(value);
}

function sparseList(value: Buffer): number[] {
  return value
    .toString('latin1')
    .split(',')
    .map((part) => decimal(Buffer.from(part, 'latin1'), 'sparse map'));
}

function name(value: Buffer): Buffer {
  if (value.includes(0)) throw new DataLossError('the archive has a name with a NUL byte in it');
  return Buffer.from(value);
}

/**
 * Merges a global header (typeflag g) into the ones before it. Only what can sensibly hold for every entry is taken.
 * @throws InvalidArgumentError when it names or sizes files, which would make readers disagree on the archive.
 */
export function mergeGlobal(before: PaxFields, global: PaxFields): PaxFields {
  if (
    global.path !== undefined ||
    global.linkpath !== undefined ||
    global.size !== undefined ||
    global.sparse !== undefined ||
    global.xattrs !== undefined
  ) {
    throw new InvalidArgumentError(
      'the archive has a global extended header that names or sizes files or sets attributes',
    );
  }
  return { ...before, ...global };
}

/** One record, with the length that counts itself. */
export function formatPaxRecord(key: string, value: Uint8Array): Buffer {
  const keyBytes = Buffer.from(` ${key}=`, 'latin1');
  const rest = keyBytes.length + value.length + 1;
  let total = rest + String(rest).length;
  if (rest + String(total).length !== total) total = rest + String(total).length;
  return Buffer.concat([Buffer.from(String(total)), keyBytes, value, Buffer.from('\n')]);
}
