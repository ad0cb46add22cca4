import { InvalidArgumentError } from '@wharf/core';
import { tlsNames, type Context, type TlsName } from './context.js';
import { endpointName, metaText, parseMeta } from './meta.js';

const block = 512;
const metaName = 'meta.json';
/** An archive has a few small files; more is not ours. */
const maxBytes = 1024 * 1024;

/** A context as a tar archive (POSIX ustar): `meta.json` and `tls/wharf/*.pem`. */
export function packContext(context: Context): Buffer {
  const files: [string, string][] = [[metaName, metaText(context)]];
  for (const name of tlsNames) {
    const text = context.tls[name];
    if (text !== undefined) files.push([tlsPath(name), text]);
  }
  const parts = files.map(([name, text]) => entry(name, Buffer.from(text)));
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function tlsPath(name: TlsName): string {
  return `tls/${endpointName}/${name}.pem`;
}

function entry(name: string, data: Buffer): Buffer {
  const header = Buffer.alloc(block);
  const field = (at: number, text: string): void => void header.write(text, at, 'latin1');
  field(0, name);
  field(100, '0000600\0');
  field(108, '0000000\0');
  field(116, '0000000\0');
  field(124, `${data.length.toString(8).padStart(11, '0')}\0`);
  field(136, '00000000000\0');
  field(148, ' '.repeat(8));
  field(156, '0');
  field(257, 'ustar\x0000');
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  const padding = Buffer.alloc((block - (data.length % block)) % block);
  return Buffer.concat([header, data, padding]);
}

/**
 * Reads what `packContext` makes. Nothing is unpacked to files: names that are not expected are refused.
 * @throws InvalidArgumentError
 */
export function unpackContext(archive: Buffer, name: string): Context {
  if (archive.length > maxBytes) throw refuse('it is too large');
  const files = readEntries(archive);
  const meta = files.get(metaName);
  if (meta === undefined) throw refuse(`it has no ${metaName}`);
  const tls: Partial<Record<TlsName, string>> = {};
  for (const part of tlsNames) {
    const text = files.get(tlsPath(part));
    if (text !== undefined) tls[part] = text;
  }
  return { ...parseMeta(meta, metaName), name, tls };
}

function readEntries(archive: Buffer): Map<string, string> {
  const known = new Set([metaName, ...tlsNames.map(tlsPath)]);
  const files = new Map<string, string>();
  for (let at = 0; at + block <= archive.length && archive[at] !== 0;) {
    const header = archive.subarray(at, at + block);
    const name = textOf(header, 0, 100);
    const size = Number.parseInt(textOf(header, 124, 12), 8);
    const start = at + block;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > archive.length) {
      throw refuse('it is damaged');
    }
    const isFile = header[156] === 0 || header[156] === 0x30;
    if (isFile && known.has(name)) files.set(name, archive.toString('utf8', start, start + size));
    else if (isFile) throw refuse(`it has an unexpected file ${JSON.stringify(name)}`);
    at = start + Math.ceil(size / block) * block;
  }
  return files;
}

function textOf(header: Buffer, at: number, size: number): string {
  const [text = ''] = header.toString('latin1', at, at + size).split('\0');
  return text.trim();
}

function refuse(why: string): InvalidArgumentError {
  return new InvalidArgumentError(`this is not an exported context: ${why}`);
}
