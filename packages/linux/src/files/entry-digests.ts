import { createHash, type Hash } from 'node:crypto';
import type { VolumeEntry } from '@wharf/core';
import type { Native } from '../../native/types.js';
import { treeChunks } from '../pack/tree/pack-tree.js';
import type { TarEntry, TarSink } from '../tar/entry.js';
import { TarReader } from '../tar/reader.js';

const atOnce = 1000;

/** Every entry of a tree with the digest of what an archive would say of it; `.` is the top directory. */
export function* entryDigests(native: Native, rootFd: number): Generator<readonly VolumeEntry[]> {
  const sink = new DigestSink();
  const reader = new TarReader(sink);
  for (const chunk of treeChunks({ native, rootFd, name: '.' })) {
    reader.push(chunk);
    if (sink.found.length >= atOnce) yield sink.found.splice(0);
  }
  if (sink.found.length > 0) yield sink.found;
}

class DigestSink implements TarSink {
  readonly found: VolumeEntry[] = [];
  #hash: Hash = createHash('sha256');
  #path = '';

  entry(entry: TarEntry): void {
    this.#path = pathOf(entry.path);
    this.#hash = createHash('sha256').update(headOf(entry));
    // Only files have data and an end of their own.
    if (entry.type !== 'file') this.#keep();
  }

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#path !== '') this.#hash.update(chunk.subarray(start, end));
  }

  end(): void {
    if (this.#path !== '') this.#keep();
  }

  #keep(): void {
    this.found.push({ path: this.#path, digest: this.#hash.digest('hex').slice(0, 32) });
    this.#path = '';
  }
}

function pathOf(raw: Buffer): string {
  const path = raw
    .toString('latin1')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/+$/, '');
  return path === '' ? '.' : path;
}

function headOf(entry: TarEntry): string {
  const { type, mode, uid, gid, size, mtime, link, major, minor, xattrs } = entry;
  const attributes = [...xattrs].map(([name, value]) => [name, value.toString('latin1')]).sort();
  const time = `${mtime.sec}.${mtime.nsec}`;
  const target = link.toString('latin1');
  return JSON.stringify([type, mode, uid, gid, size, time, target, major, minor, attributes]);
}
