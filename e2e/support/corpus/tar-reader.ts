/** What an archive says of one path. */
export interface Entry {
  /** Without slashes at either end; bytes that are not UTF-8 are written `\xNN`. */
  readonly path: string;
  /** The typeflag of ustar: `0` file, `1` hard link, `2` link, `5` directory … */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly link: string;
  readonly xattrs: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const block = 512;
const xattrPrefix = 'SCHILY.xattr.';

/** Reads an archive that a well-behaved program has written: ustar, PAX and the long names of GNU. */
export function readTar(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let records = new Map<string, Buffer>();
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    const size = number(records.get('size')) ?? octal(header, 124, 12);
    const body = archive.subarray(at + block, at + block + size);
    at += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] ?? 0).replace('\0', '0');
    if (type === 'g') continue;
    if (type === 'x') records = pax(body);
    else if (type === 'L') records.set('path', text(body));
    else if (type === 'K') records.set('linkpath', text(body));
    else {
      entries.push(entry(header, records, type, body));
      records = new Map();
    }
  }
  return entries;
}

function entry(
  header: Buffer,
  records: ReadonlyMap<string, Buffer>,
  type: string,
  body: Buffer,
): Entry {
  const prefix =
    header.toString('latin1', 257, 263) === 'ustar\0' ? field(header, 345, 155) : Buffer.alloc(0);
  const short = field(header, 0, 100);
  const name = records.get('path') ?? (prefix.length > 0 ? join(prefix, short) : short);
  const xattrs = [...records].filter(([key]) => key.startsWith(xattrPrefix));
  return {
    path: clean(shown(Buffer.from(name))),
    type,
    mode: octal(header, 100, 8) & 0o7777,
    uid: number(records.get('uid')) ?? octal(header, 108, 8),
    gid: number(records.get('gid')) ?? octal(header, 116, 8),
    link: shown(records.get('linkpath') ?? Buffer.from(field(header, 157, 100))),
    xattrs: new Map(xattrs.map(([key, value]) => [key.slice(xattrPrefix.length), shown(value)])),
    body,
  };
}

export const clean = (path: string): string =>
  path.replace(/^(\.?\/)+|^\.$/, '').replace(/\/+$/, '');

/** Text for which its bytes can be told. */
function shown(bytes: Buffer): string {
  const name = bytes.toString('utf8');
  if (Buffer.from(name).equals(bytes)) return name;
  const escaped = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  return [...bytes]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : escaped(byte)))
    .join('');
}

const join = (prefix: Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat([prefix, Buffer.from('/'), name]);

function text(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

const field = (header: Buffer, at: number, length: number): Buffer =>
  text(header.subarray(at, at + length));

const octal = (header: Buffer, at: number, length: number): number =>
  Number.parseInt(field(header, at, length).toString('latin1').trim() || '0', 8);

const number = (value: Buffer | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.toString());

function pax(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const end = at + Number(body.toString('latin1', at, space));
    const equals = body.indexOf(0x3d, space);
    const key = body.toString('utf8', space + 1, equals);
    records.set(key, body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
