import { InvalidArgumentError } from '@wharf/core';
import type { PinKind } from '../pins.js';

/** What names mean, by kind and name. */
export type Lock = Readonly<Record<PinKind, ReadonlyMap<string, string>>>;

const maxBytes = 4 * 1024 * 1024;
const maxPins = 20_000;
const maxText = 4096;

const kinds: readonly PinKind[] = ['image', 'http', 'git'];

const values: Readonly<Record<PinKind, RegExp>> = {
  image: /^sha256:[0-9a-f]{64}$/,
  http: /^sha256:[0-9a-f]{64}$/,
  git: /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/,
};

const whatIsWanted: Readonly<Record<PinKind, string>> = {
  image: 'the digest of a manifest (sha256:…)',
  http: 'the digest of a download (sha256:…)',
  git: 'a commit in full',
};

const head =
  '# What the names in a Dockerfile meant when it was built. Keep this file with the Dockerfile.\nversion = 1\n';

/**
 * Dockerfile.lock, a file of TOML (toml.io, 1.0.0) with a table for each kind: images by canonical name and platform, downloads by URL,
 * and commits by remote and ref. The same pins give the same bytes.
 */
export function printLock(lock: Lock): string {
  return head + kinds.map((kind) => printTable(kind, lock[kind])).join('');
}

function printTable(kind: PinKind, pins: ReadonlyMap<string, string>): string {
  if (pins.size === 0) return '';
  const sorted = [...pins].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([name, value]) => `${quote(name)} = ${quote(value)}\n`);
  return `\n[${kind}]\n${lines.join('')}`;
}

/** A basic string of TOML, which a string of JSON is but for DEL and lone surrogates. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f');
}

/** Reads what `printLock` writes, with comments and white space as people leave them. @throws InvalidArgumentError naming the line */
export function parseLock(text: string): Lock {
  if (text.length > maxBytes)
    throw new InvalidArgumentError(`Dockerfile.lock is larger than ${maxBytes} bytes`);
  const lock = { image: new Map(), http: new Map(), git: new Map() } satisfies Lock;
  const reader: Reader = { lock, table: undefined, hasVersion: false, pins: 0 };
  text.split('\n').forEach((line, index) => readLine(reader, line.trim(), index + 1));
  if (!reader.hasVersion) throw new InvalidArgumentError('Dockerfile.lock has no version');
  return lock;
}

interface Reader {
  readonly lock: Readonly<Record<PinKind, Map<string, string>>>;
  table: PinKind | undefined;
  hasVersion: boolean;
  pins: number;
}

function readLine(reader: Reader, line: string, number: number): void {
  if (line === '' || line.startsWith('#')) return;
  const at = `line ${number} of Dockerfile.lock`;
  if (line.startsWith('[')) reader.table = readTable(line, at);
  else if (reader.table === undefined) readVersion(reader, line, at);
  else readPin(reader, reader.table, line, at);
}

function readTable(line: string, at: string): PinKind {
  const found = kinds.find((kind) => line === `[${kind}]`);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`${at} is no table of images, downloads or commits: ${cut(line)}`);
}

function readVersion(reader: Reader, line: string, at: string): void {
  if (!/^version\s*=\s*1$/.test(line))
    throw new InvalidArgumentError(
      `${at} is not "version = 1", which is all that this builder knows`,
    );
  reader.hasVersion = true;
}

function readPin(reader: Reader, kind: PinKind, line: string, at: string): void {
  const end = endOfString(line);
  const middle = /^\s*=\s*/.exec(line.slice(end))?.[0] ?? '';
  const name = readString(line.slice(0, end));
  const value = readString(line.slice(end + middle.length));
  if (middle === '' || name === undefined || value === undefined)
    throw new InvalidArgumentError(`${at} is not "name" = "value": ${cut(line)}`);
  if (name === '' || name.length > maxText)
    throw new InvalidArgumentError(`${at} has a name that is none`);
  if (!values[kind].test(value))
    throw new InvalidArgumentError(`${at} does not have ${whatIsWanted[kind]}: ${cut(value)}`);
  if (reader.lock[kind].has(name))
    throw new InvalidArgumentError(`${at} names ${cut(name)} a second time`);
  reader.pins += 1;
  if (reader.pins > maxPins)
    throw new InvalidArgumentError(`Dockerfile.lock has more than ${maxPins} names`);
  reader.lock[kind].set(name, value);
}

/** Behind the quotation mark that ends the string at the beginning; 0 where there is none. */
function endOfString(line: string): number {
  if (!line.startsWith('"')) return 0;
  for (let at = 1; at < line.length; at++) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') return at + 1;
  }
  return 0;
}

function readString(text: string): string | undefined {
  try {
    const value: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
