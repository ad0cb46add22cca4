import { createHash } from 'node:crypto';
import { DataLossError, NotFoundError, type CallOptions } from '@wharf/core';
import { maxDocumentBytes, parseImageIndex, type Digest, type IndexEntry } from '@wharf/oci';
import type { ResolvedDescriptor } from '../../images/ports.js';
import { blobPath } from '../../images/save/documents.js';
import { digestOf } from '@wharf/oci';
import type { TreePort } from '../ports.js';
import { findTreeFile, readTreeFile } from '../trees/read.js';
import type { CacheSource } from './cache-source.js';

type Trees = Pick<TreePort, 'read' | 'stream'>;

/** An OCI layout (image-spec, image-layout.md) that came as a tree; whoever made it is not trusted. */
export interface Layout {
  /** Entries of its index.json. */
  entries(options: CallOptions): Promise<readonly IndexEntry[]>;
  /** The bytes of a small blob, verified. not-found, data-loss */
  read(descriptor: ResolvedDescriptor, options: CallOptions): Promise<Uint8Array>;
  /** From an offset on; not verified. not-found */
  stream(digest: Digest, offset: number, options: CallOptions): AsyncIterable<Uint8Array>;
}

export function openLayout(trees: Trees, tree: string): Layout {
  return {
    async entries(options) {
      const limit = maxDocumentBytes;
      const bytes = await readTreeFile(trees, { tree, path: 'index.json', limit }, options);
      return parseImageIndex(bytes).manifests;
    },
    async read({ digest, size }, options) {
      const path = blobPath(digest);
      const bytes = await readTreeFile(trees, { tree, path, limit: maxDocumentBytes }, options);
      const actual = digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));
      if (actual === digest && bytes.byteLength === size) return bytes;
      throw new DataLossError(`the blob ${digest} of the layout is another one: ${actual}`);
    },
    async *stream(digest, offset, options) {
      const found = await findTreeFile(trees, tree, blobPath(digest), options);
      if (trees.stream === undefined) throw new NotFoundError('blob', digest);
      yield* trees.stream(found.digest, { ...options, offset });
    },
  };
}

/** A directory that `--cache-to type=local` has written. */
export function layoutSource(trees: Trees, tree: string): CacheSource {
  const layout = openLayout(trees, tree);
  return {
    name: 'the local cache',
    async resolve(options) {
      const [first] = await layout.entries(options);
      if (first === undefined) throw new NotFoundError('manifest', 'index.json');
      return first;
    },
    document: (descriptor, _kind, options) => layout.read(descriptor, options),
    blob: ({ digest }, offset, options) => layout.stream(digest, offset, options),
  };
}
