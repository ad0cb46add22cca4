import { DataLossError, NotFoundError, type CallOptions } from '@wharf/core';
import { maxDocumentBytes, parseImageIndex, type Digest, type IndexEntry } from '@wharf/oci';
import type { ResolvedDescriptor } from '../../images/ports.js';
import { blobPath } from '../../images/save/documents.js';
import { hashBytes } from '../../layers/layers.js';
import type { TreePort } from '../ports.js';
import { findTreeFile, readTreeFile } from '../trees/read.js';

export type LayoutTrees = Pick<TreePort, 'read' | 'stream'>;

/** An OCI layout (image-spec, image-layout.md) that came as a tree; whoever made it is not trusted. */
export interface Layout {
  /** Entries of its index.json. */
  entries(options: CallOptions): Promise<readonly IndexEntry[]>;
  /** The bytes of a small blob, verified. not-found, data-loss */
  read(descriptor: ResolvedDescriptor, options: CallOptions): Promise<Uint8Array>;
  /** From an offset on; not verified. not-found */
  stream(digest: Digest, offset: number, options: CallOptions): AsyncIterable<Uint8Array>;
}

export function openLayout(trees: LayoutTrees, tree: string): Layout {
  const small = (path: string, options: CallOptions): Promise<Uint8Array> =>
    readTreeFile(trees, { tree, path, limit: maxDocumentBytes }, options);
  return {
    async entries(options) {
      return parseImageIndex(await small('index.json', options)).manifests;
    },
    async read({ digest, size }, options) {
      const bytes = await small(blobPath(digest), options);
      const actual = hashBytes(bytes);
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
