import { DataLossError } from '@wharf/core';
import { checksumFits, numberField, stringField } from './fields.js';

/** What one 512-byte header says by itself, before extended headers are applied. */
export interface RawHeader {
  readonly path: Buffer;
  readonly typeflag: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that follow the header, padding aside. */
  readonly size: number;
  readonly mtime: number;
  readonly link: Buffer;
  readonly major: number;
  readonly minor: number;
}

type Dialect = 'v7' | 'ustar' | 'star' | 'gnu';

/**
 * Parses the header at `start` of `block` (POSIX ustar, GNU, star, v7).
 * @throws DataLossError when the checksum or a number field is broken.
 */
export function parseHeader(block: Buffer, start: number): RawHeader {
  if (!checksumFits(block, start)) {
    throw new DataLossError('the archive is corrupt: the checksum of a header does not fit');
  }
  const dialect = dialectOf(block, start);
  const devices = dialect !== 'v7';
  return {
    path: joinPrefix(prefixOf(block, start, dialect), stringField(block, start, 100)),
    mode: numberField(block, start + 100, 8, 'mode'),
    uid: numberField(block, start + 108, 8, 'uid'),
    gid: numberField(block, start + 116, 8, 'gid'),
    size: numberField(block, start + 124, 12, 'size'),
    mtime: numberField(block, start + 136, 12, 'mtime'),
    typeflag: block[start + 156] ?? 0,
    link: stringField(block, start + 157, 100),
    major: devices ? numberField(block, start + 329, 8, 'device') : 0,
    minor: devices ? numberField(block, start + 337, 8, 'device') : 0,
  };
}

function dialectOf(block: Buffer, start: number): Dialect {
  const magic = block.toString('latin1', start + 257, start + 265);
  if (magic === 'ustar  \0') return 'gnu';
  if (magic !== 'ustar\x0000') return 'v7';
  return block.toString('latin1', start + 508, start + 512) === 'tar\0' ? 'star' : 'ustar';
}

function prefixOf(block: Buffer, start: number, dialect: Dialect): Buffer | undefined {
  if (block[start + 345] === 0) return undefined;
  switch (dialect) {
    case 'ustar':
      return stringField(block, start + 345, 155);
    case 'star':
      return stringField(block, start + 345, 131);
    case 'gnu':
      return misplacedPrefix(block, start);
    case 'v7':
      return undefined;
  }
}

/**
 * GNU headers keep two times where ustar has the prefix. Images built with Go before 1.8 have a prefix there all the
 * same; it shows by not being a number.
 */
function misplacedPrefix(block: Buffer, start: number): Buffer | undefined {
  try {
    numberField(block, start + 345, 12, 'atime');
    numberField(block, start + 357, 12, 'ctime');
    return undefined;
  } catch {
    const prefix = stringField(block, start + 345, 155);
    return prefix.every((byte) => byte >= 0x20 && byte < 0x7f) ? prefix : undefined;
  }
}

function joinPrefix(prefix: Buffer | undefined, name: Buffer): Buffer {
  return prefix === undefined ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}
