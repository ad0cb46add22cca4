import { encodeTreeDirectory, maxTreeDirectoryBytes, ResourceExhaustedError } from '@wharf/core';
import type { TreeEntry } from '@wharf/core';
import { sha256 } from '../sha256.js';
import type { DiskPath } from './bytes-path.js';
import { textOf } from './bytes-path.js';
import type { SeenFile } from './hash-file.js';

/** What a walk has seen, before all digests are known. */
export type Node = FileNode | DirectoryNode | LinkNode;

export interface FileNode {
  readonly kind: 'file';
  readonly name: string;
  readonly mode: number;
  readonly seen: SeenFile;
  /** Empty until it is known. */
  hex: string;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly name: string;
  /** In the context. */
  readonly path: DiskPath;
  readonly mode: number;
  /** In the order of their names. */
  readonly children: Node[];
}

export interface LinkNode {
  readonly kind: 'link';
  readonly name: string;
  readonly target: string;
}

/** Documents of a directory and all below it, by digest. */
export interface Documents {
  readonly digest: string;
  readonly documents: ReadonlyMap<string, string>;
}

export function documentsOf(root: DirectoryNode): Documents {
  const documents = new Map<string, string>();
  return { digest: add(root, documents), documents };
}

/** As deep as a context may be, which is not deep. */
function add(directory: DirectoryNode, documents: Map<string, string>): string {
  const entries = directory.children.map((child) => entryOf(child, documents));
  const text = encodeTreeDirectory({ entries });
  if (text.length > maxTreeDirectoryBytes) {
    throw new ResourceExhaustedError(
      `${textOf(directory.path) || '.'} in the build context has too many entries: ${entries.length}`,
    );
  }
  const digest = `sha256:${sha256(Buffer.from(text, 'latin1'))}`;
  documents.set(digest, text);
  return digest;
}

function entryOf(node: Node, documents: Map<string, string>): TreeEntry {
  const { kind, name } = node;
  switch (kind) {
    case 'file': {
      const { mode, seen, hex } = node;
      return { kind, name, mode, digest: `sha256:${hex}`, size: seen.size };
    }
    case 'directory':
      return { kind, name, mode: node.mode, digest: add(node, documents) };
    case 'link':
      return { kind, name, target: node.target };
  }
}
