import { DataLossError, decodeTreeDirectory, InvalidArgumentError } from '@wharf/core';
import { maxTreeDirectoryBytes } from '@wharf/core';
import type { TreeDirectory, TreeEntry } from '@wharf/core';
import { fstatSync, readSync } from 'node:fs';
import type { Native } from '../../../native/types.js';
import { join } from '../../unpack/apply/directories.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName, splitName } from '../../unpack/apply/names.js';
import type { Found, Source, SourceEntry, Walk } from './source.js';

/** As many as the kernel follows, path_resolution(7). */
const maxLinks = 40;
const maxDepth = 1024;
/** Documents that are kept: a path is looked up from the root each time. */
const maxKept = 64;
const none: ReadonlyMap<string, Uint8Array> = new Map();

/** What is at a path: an entry, or the root, which nothing describes. */
type Node = TreeEntry | { readonly kind: 'root'; readonly digest: string };

/**
 * A tree of the store whose directory `storeFd` is. Owners are 0:0.
 * @throws DataLossError, from all of it, when a piece is missing or malformed
 */
export function treeSource(native: Native, storeFd: number, digest: string): Source {
  return new TreeSource(native, storeFd, digest);
}

class TreeSource implements Source {
  readonly #native: Native;
  readonly #storeFd: number;
  readonly #root: Node;
  readonly #kept = new Map<string, TreeDirectory>();

  constructor(native: Native, storeFd: number, digest: string) {
    this.#native = native;
    this.#storeFd = storeFd;
    this.#root = { kind: 'root', digest };
  }

  find(name: LayerPath, { follow }: { readonly follow: boolean }): Found | undefined {
    const path = this.#resolve(name, follow);
    const node = path === undefined ? undefined : this.#at(path);
    if (path === undefined || node === undefined) return undefined;
    return { path, isDirectory: isDirectory(node), isFile: node.kind === 'file' };
  }

  list(directory: LayerPath) {
    const node = this.#at(directory);
    if (node === undefined || !isDirectory(node)) return [];
    return this.#document(node.digest).entries.map((entry) => ({
      name: entry.name,
      isDirectory: entry.kind === 'directory',
    }));
  }

  *walk({ start, include }: Walk): Generator<SourceEntry> {
    const node = this.#at(start);
    if (node === undefined) return;
    yield this.#entry(start, node);
    if (isDirectory(node)) yield* this.#below(start, node.digest, include, 0);
  }

  treeDigest(directory: LayerPath): string | undefined {
    const node = this.#at(directory);
    return node !== undefined && isDirectory(node) ? node.digest : undefined;
  }

  *#below(
    path: LayerPath,
    digest: string,
    include: Walk['include'],
    depth: number,
  ): Generator<SourceEntry> {
    if (depth > maxDepth) throw new InvalidArgumentError(`${shownName(path)} is too deep`);
    for (const entry of this.#document(digest).entries) {
      const child = join(path, entry.name);
      if (!include(child)) continue;
      yield this.#entry(child, entry);
      if (entry.kind === 'directory') yield* this.#below(child, entry.digest, include, depth + 1);
    }
  }

  #entry(path: LayerPath, node: Node): SourceEntry {
    const digest = 'digest' in node ? { digest: node.digest } : {};
    const stored =
      node.kind === 'file' ? { stored: { fd: this.#storeFd, path: storedAt(node.digest) } } : {};
    return {
      path,
      kind: node.kind === 'root' ? 'directory' : node.kind === 'link' ? 'symlink' : node.kind,
      mode: 'mode' in node ? node.mode : node.kind === 'link' ? 0o777 : 0o755,
      uid: 0,
      gid: 0,
      size: node.kind === 'file' ? node.size : 0,
      major: 0,
      minor: 0,
      target: node.kind === 'link' ? node.target : '',
      ...digest,
      ...stored,
      open: () => this.#open('digest' in node ? node.digest : ''),
      attributes: () => none,
    };
  }

  #resolve(name: LayerPath, follow: boolean): LayerPath | undefined {
    const pending = partsOf(name);
    let path = '';
    let links = 0;
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '..') {
        path = splitName(path).dir;
        continue;
      }
      const next = join(path, part);
      const node = this.#at(next);
      if (node === undefined) return undefined;
      if (node.kind !== 'link' || (!follow && pending.length === 0)) {
        path = next;
        continue;
      }
      if (++links > maxLinks)
        throw new InvalidArgumentError(
          `${shownName(name)} leads through more than ${maxLinks} links`,
        );
      if (node.target.startsWith('/')) path = '';
      pending.push(...partsOf(node.target));
    }
    return path;
  }

  /** Without following. */
  #at(path: LayerPath): Node | undefined {
    let node: Node = this.#root;
    for (const part of path === '' ? [] : path.split('/')) {
      if (!isDirectory(node)) return undefined;
      const next = search(this.#document(node.digest), part);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  #document(digest: string): TreeDirectory {
    const kept = this.#kept.get(digest);
    if (kept !== undefined) return kept;
    const document = decodeTreeDirectory(this.#read(digest).toString('latin1'));
    const [oldest] = this.#kept.size < maxKept ? [] : this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(digest, document);
    return document;
  }

  #read(digest: string): Buffer {
    const fd = this.#open(digest);
    try {
      const { size } = fstatSync(fd);
      if (size > maxTreeDirectoryBytes) throw new DataLossError(`${digest} is no directory`);
      const bytes = Buffer.allocUnsafe(size);
      let at = 0;
      for (let got = -1; got !== 0 && at < size; at += got)
        got = readSync(fd, bytes, at, size - at, at);
      return bytes.subarray(0, at);
    } finally {
      this.#native.close(fd);
    }
  }

  #open(digest: string): number {
    const fd = this.#native.openRegular(this.#storeFd, storedAt(digest));
    if (fd === null)
      throw new DataLossError(`${digest} is missing in the store of files, build again`, {
        facts: { digest },
      });
    return fd;
  }
}

function storedAt(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return `${hex.slice(0, 2)}/${hex.slice(2)}`;
}

function isDirectory(node: Node): node is Node & { readonly kind: 'root' | 'directory' } {
  return node.kind === 'root' || node.kind === 'directory';
}

/** Entries are in the order of their names. */
function search({ entries }: TreeDirectory, name: string): TreeEntry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry === undefined) return undefined;
    if (entry.name === name) return entry;
    if (entry.name < name) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** Components in reverse, so that the next one is popped. */
function partsOf(path: LayerPath): LayerPath[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}
