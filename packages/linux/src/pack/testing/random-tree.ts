import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import fc from 'fast-check';
import type { Native } from '../../../native/types.js';

/** What a tree is made of; a hard link is to an earlier file, counted from the start, if there is one. */
export interface Leaf {
  readonly type: 'file' | 'sparse' | 'symlink' | 'fifo' | 'character' | 'block' | 'hardlink';
  readonly name: Uint8Array;
  readonly content: Uint8Array;
  readonly number: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly sec: number;
  readonly nsec: number;
  readonly xattrs: Readonly<Record<string, Uint8Array>>;
  readonly capability: boolean;
}

export interface Branch extends Leaf {
  readonly children: readonly (Leaf | Branch)[];
}

export interface Range {
  /** Longest owner and oldest and newest time that the format at hand can say. */
  readonly maxId: number;
  readonly times: readonly [number, number];
  readonly names: readonly number[];
  readonly xattrs: boolean;
}

export const anything: Range = {
  maxId: 0xfffffffe,
  times: [-2_000_000_000, 8_000_000_000],
  names: [1, 8, 20, 120, 255],
  xattrs: true,
};

export const ustar: Range = {
  maxId: 0o7777777,
  times: [0, 8_000_000_000],
  names: [1, 8, 20],
  xattrs: false,
};

/** VFS_CAP_REVISION_2 with CAP_NET_RAW permitted and effective, linux/capability.h. */
const netRaw = Buffer.from('0100000200200000000000000000000000000000', 'hex');

function leafOf(range: Range): fc.Arbitrary<Leaf> {
  const length = fc.constantFrom(...range.names);
  const name = length.chain((size) => fc.uint8Array({ minLength: 1, maxLength: size })).map(asName);
  const id = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: range.maxId }));
  const xattrs = fc.dictionary(
    fc.stringMatching(/^user\.[a-z]{1,12}$/),
    fc.uint8Array({ minLength: 1, maxLength: 60 }),
    { maxKeys: range.xattrs ? 3 : 0 },
  );
  return fc.record({
    type: fc.constantFrom(
      ...(['file', 'file', 'sparse', 'symlink', 'fifo'] as const),
      ...(['character', 'block', 'hardlink'] as const),
    ),
    name,
    content: fc.uint8Array({ minLength: 1, maxLength: 1200 }),
    number: fc.nat(1_000_000),
    uid: id,
    gid: id,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    sec: fc.integer({ min: range.times[0], max: range.times[1] }),
    nsec: fc.nat(999_999_999),
    xattrs,
    capability: fc.boolean().map((value) => value && range.xattrs),
  });
}

export function treeArbitrary(range: Range): fc.Arbitrary<readonly (Leaf | Branch)[]> {
  const leaf = leafOf(range);
  const nodes = (depth: number): fc.Arbitrary<readonly (Leaf | Branch)[]> => {
    if (depth === 0) return fc.array(leaf, { maxLength: 4 });
    const branch = fc
      .tuple(leaf, nodes(depth - 1))
      .map(([entry, children]) => ({ ...entry, children }));
    return fc.array(fc.oneof({ weight: 2, arbitrary: leaf }, branch), { maxLength: 5 });
  };
  return nodes(3);
}

function asName(bytes: Uint8Array): Uint8Array {
  const name = bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte));
  const text = Buffer.from(name).toString('latin1');
  return text === '.' || text === '..' || text.startsWith('.wh.') ? Buffer.from('dots') : name;
}

/** Makes the tree in a directory; a name that is there already is left out. */
export function makeTree(native: Native, root: string, nodes: readonly (Leaf | Branch)[]): void {
  const files: Buffer[] = [];
  const fill = (dir: Buffer, entries: readonly (Leaf | Branch)[]): void => {
    for (const entry of entries) {
      const path = Buffer.concat([dir, Buffer.from('/'), entry.name]);
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
      if ('children' in entry) {
        mkdirSync(path);
        fill(path, entry.children);
        describe(native, path, entry, true);
      } else if (makeLeaf(native, path, entry, files)) {
        describe(native, path, entry, entry.type === 'file' || entry.type === 'sparse');
      }
    }
  };
  fill(Buffer.from(root), nodes);
}

/** False for a hard link, which is what the file is. */
function makeLeaf(native: Native, path: Buffer, entry: Leaf, files: Buffer[]): boolean {
  const linked = files[entry.number % Math.max(1, files.length)];
  switch (entry.type) {
    case 'symlink':
      symlinkSync(Buffer.from(asName(entry.content)), path);
      return true;
    case 'fifo':
      native.mknodat(-100, path, 0o010600, 0, 0);
      return true;
    case 'character':
    case 'block': {
      const kind = entry.type === 'block' ? 0o060600 : 0o020600;
      native.mknodat(-100, path, kind, 1 + (entry.number % 4000), entry.number);
      return true;
    }
    case 'hardlink':
      if (linked === undefined) return makeLeaf(native, path, { ...entry, type: 'file' }, files);
      linkSync(linked, path);
      return false;
    case 'file':
    case 'sparse':
      writeFile(path, entry);
      files.push(path);
      return true;
  }
}

function writeFile(path: Buffer, { type, content, number }: Leaf): void {
  const fd = openSync(path, 'wx', 0o600);
  writeSync(fd, content, 0, content.length, type === 'sparse' ? number : 0);
  if (type === 'sparse') ftruncateSync(fd, number + content.length + (number % 70_000));
  closeSync(fd);
}

function describe(native: Native, path: Buffer, entry: Leaf, full: boolean): void {
  lchownSync(path, entry.uid, entry.gid);
  if (entry.type !== 'symlink' || 'children' in entry) chmodSync(path, entry.mode);
  if (full) {
    for (const [name, value] of Object.entries(entry.xattrs)) native.lsetxattr(path, name, value);
    const isFile = !('children' in entry);
    if (entry.capability && isFile) native.lsetxattr(path, 'security.capability', netRaw);
  }
  const time = { sec: BigInt(entry.sec), nsec: entry.nsec };
  native.utimensat(-100, path, time, time, 0x100);
}

/** Modification times by path (latin1), in nanoseconds, or whole seconds. */
export function timesOf(root: string, unit: 1n | 1_000_000_000n): Map<string, bigint> {
  const times = new Map<string, bigint>();
  const walk = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const rest = ((stats.mtimeNs % unit) + unit) % unit;
    if (name !== '') times.set(name, (stats.mtimeNs - rest) / unit);
    if (!stats.isDirectory()) return;
    for (const entry of readdirSync(path, { encoding: 'buffer' })) {
      walk(Buffer.concat([path, Buffer.from('/'), entry]), `${name}/${entry.toString('latin1')}`);
    }
  };
  walk(Buffer.from(root), '');
  return times;
}
