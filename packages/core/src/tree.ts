import { InvalidArgumentError } from './errors.js';

/**
 * Files as a tree of digests: a directory is a document that lists its entries with the digests of their content, so that
 * two trees share what they have in common and one digest names all of it. Neither owners nor times are a part of it.
 */
export interface TreeDirectory {
  /** In the order of the bytes of their names. */
  readonly entries: readonly TreeEntry[];
}

export type TreeEntry = TreeFile | TreeSubdirectory | TreeLink;

interface Named {
  /** One component; each character is a byte (latin1), as names need not be UTF-8. */
  readonly name: string;
}

export interface TreeFile extends Named {
  readonly kind: 'file';
  /** Permission bits, 0 to 07777. */
  readonly mode: number;
  /** `sha256:…` of the content. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface TreeSubdirectory extends Named {
  readonly kind: 'directory';
  readonly mode: number;
  /** `sha256:…` of its document. */
  readonly digest: string;
}

export interface TreeLink extends Named {
  readonly kind: 'link';
  /** As readlink(2) gives it, bytes as latin1. */
  readonly target: string;
}

/** Of one document; a directory with more entries is refused by whoever makes it. */
export const maxTreeDirectoryBytes = 64 * 1024 * 1024;

const hexDigits = 64;
const maxNameBytes = 255;
const maxTargetBytes = 4096;

/**
 * The document, whose SHA-256 is the digest of the directory: for each entry `KIND MODE VALUE NAME` and a NUL, where KIND is f,
 * d or l, MODE is octal, and VALUE is `HEX:SIZE`, `HEX` or the target in hexadecimal. latin1.
 */
export function encodeTreeDirectory({ entries }: TreeDirectory): string {
  return entries.map((entry) => `${head(entry)} ${entry.name}\0`).join('');
}

function head(entry: TreeEntry): string {
  switch (entry.kind) {
    case 'file':
      return `f ${entry.mode.toString(8)} ${hexOf(entry.digest)}:${entry.size}`;
    case 'directory':
      return `d ${entry.mode.toString(8)} ${hexOf(entry.digest)}`;
    case 'link':
      return `l 777 ${toHex(entry.target)}`;
  }
}

/** @param text latin1 @throws InvalidArgumentError for what `encodeTreeDirectory` would not have written */
export function decodeTreeDirectory(text: string): TreeDirectory {
  const entries: TreeEntry[] = [];
  let before = '';
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\0', at);
    if (end < 0) throw malformed('an entry without an end');
    const entry = decodeEntry(text.slice(at, end));
    if (entries.length > 0 && entry.name <= before) throw malformed('entries out of order');
    before = entry.name;
    entries.push(entry);
    at = end + 1;
  }
  return { entries };
}

function decodeEntry(line: string): TreeEntry {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const third = line.indexOf(' ', second + 1);
  if (first !== 1 || second < 0 || third < 0) throw malformed('an entry without its fields');
  const name = line.slice(third + 1);
  if (
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.includes('/') ||
    name.length > maxNameBytes
  )
    throw malformed('an entry whose name is none');
  const mode = parseMode(line.slice(2, second));
  const value = line.slice(second + 1, third);
  switch (line[0]) {
    case 'f': {
      const size = Number(value.slice(hexDigits + 1));
      if (
        value[hexDigits] !== ':' ||
        !Number.isSafeInteger(size) ||
        size < 0 ||
        String(size) !== value.slice(hexDigits + 1)
      )
        throw malformed('a file without a size');
      return { kind: 'file', name, mode, digest: digestOfHex(value.slice(0, hexDigits)), size };
    }
    case 'd':
      return { kind: 'directory', name, mode, digest: digestOfHex(value) };
    case 'l':
      if (mode !== 0o777) throw malformed('a link with a mode');
      return { kind: 'link', name, target: fromHex(value) };
    default:
      throw malformed('an entry of an unknown kind');
  }
}

function parseMode(text: string): number {
  const mode = Number.parseInt(text, 8);
  if (mode.toString(8) !== text || mode < 0 || mode > 0o7777)
    throw malformed('a mode that is none');
  return mode;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

function digestOfHex(hex: string): string {
  if (hex.length !== hexDigits || !isHex(hex)) throw malformed('a digest that is none');
  return `sha256:${hex}`;
}

function isHex(text: string): boolean {
  return /^[0-9a-f]*$/.test(text);
}

function toHex(latin1: string): string {
  let hex = '';
  for (let at = 0; at < latin1.length; at++)
    hex += latin1.charCodeAt(at).toString(16).padStart(2, '0');
  return hex;
}

function fromHex(hex: string): string {
  if (hex === '' || hex.length % 2 !== 0 || hex.length > maxTargetBytes * 2 || !isHex(hex))
    throw malformed('a link without a target');
  let text = '';
  for (let at = 0; at < hex.length; at += 2) {
    const code = Number.parseInt(hex.slice(at, at + 2), 16);
    if (code === 0) throw malformed('a link without a target');
    text += String.fromCharCode(code);
  }
  return text;
}

function malformed(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`not the document of a directory: ${what}`);
}
