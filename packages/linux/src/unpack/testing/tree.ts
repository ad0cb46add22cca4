import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { Native } from '../../../native/types.js';

/**
 * What a directory holds, as `path: description`; paths and contents with one char for each byte. A description names
 * the kind, the mode if it is not 644 (755 for directories, 777 for links), the owner if it is not 0:0, the content
 * and the attributes.
 */
export function treeOf(root: string, native: Native): Map<string, string> {
  const tree = new Map<string, string>();
  const walk = (path: Buffer, name: string): void => {
    const stats = lstatSync(path);
    if (name !== '' || describe(stats, path, native) !== 'dir') {
      tree.set(name === '' ? '/' : name, describe(stats, path, native));
    }
    if (!stats.isDirectory()) return;
    for (const entry of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const child = Buffer.concat([path, Buffer.from('/'), entry]);
      walk(child, `${name === '' ? '' : `${name}/`}${entry.toString('latin1')}`);
    }
  };
  walk(Buffer.from(root), '');
  return tree;
}

function describe(stats: Stats, path: Buffer, native: Native): string {
  const parts = [kindOf(stats, path)];
  const usual = stats.isDirectory() ? 0o755 : stats.isSymbolicLink() ? 0o777 : 0o644;
  const mode = stats.mode & 0o7777;
  if (mode !== usual && parts[0] !== 'whiteout') parts.push(mode.toString(8));
  if (stats.uid !== 0 || stats.gid !== 0) parts.push(`${stats.uid}:${stats.gid}`);
  if (stats.nlink > 1 && !stats.isDirectory()) parts.push(`x${stats.nlink}`);
  for (const name of native
    .llistxattr(path)
    .map((bytes) => Buffer.from(bytes).toString())
    .sort()) {
    const value = Buffer.from(native.lgetxattr(path, name) ?? []).toString('latin1');
    parts.push(name === 'trusted.overlay.opaque' ? 'opaque' : `${name}=${value}`);
  }
  return parts.join(' ');
}

function kindOf(stats: Stats, path: Buffer): string {
  const device = `${stats.rdev >> 8}:${stats.rdev & 0xff}`;
  if (stats.isFile()) return `file ${JSON.stringify(readFileSync(path).toString('latin1'))}`;
  if (stats.isDirectory()) return 'dir';
  if (stats.isSymbolicLink()) {
    return `-> ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`;
  }
  if (stats.isFIFO()) return 'fifo';
  if (stats.isBlockDevice()) return `block ${device}`;
  return stats.rdev === 0 ? 'whiteout' : `char ${device}`;
}
