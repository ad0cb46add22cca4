import type { ErrorCode, ErrorFacts } from '@wharf/core';
import type { TreeFacts, TreePort } from '@wharf/engine/ports';

/** What the thread of a store is started with. */
export interface TreesStart {
  /** Path of the native addon. */
  readonly native: string;
  readonly root: string;
  readonly bootId: string;
  /** Bytes of all files of one directory that is imported. */
  readonly maxImportBytes: number;
}

export interface ImportRequest {
  readonly directory: string;
  readonly subpath: string;
  readonly ignore: string;
  readonly keep: readonly string[];
}

/** What is asked of the thread, by the names of the port, and what it answers. */
export interface TreeCalls {
  missing: { readonly asks: readonly string[]; readonly answers: readonly string[] };
  /** The pieces follow. */
  write: {
    readonly asks: null;
    readonly answers: { readonly bytes: number; readonly pieces: number };
  };
  read: { readonly asks: string; readonly answers: Uint8Array };
  importDirectory: { readonly asks: ImportRequest; readonly answers: TreeFacts };
  importFiles: {
    readonly asks: Parameters<TreePort['importFiles']>[0];
    readonly answers: TreeFacts;
  };
  facts: { readonly asks: string; readonly answers: TreeFacts | undefined };
  sweep: {
    readonly asks: { readonly kept: readonly string[]; readonly all: boolean };
    readonly answers: { readonly bytes: number };
  };
}

export type TreeVerb = keyof TreeCalls;

/** Parts of pieces, in order: the bytes of all, and which of them belong to what. */
export interface PieceBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly parts: readonly {
    readonly digest: string;
    readonly length: number;
    readonly last: boolean;
  }[];
}

export type ToTrees =
  | { readonly kind: 'call'; readonly id: number; readonly verb: TreeVerb; readonly asks: unknown }
  /** null is the end. */
  | { readonly kind: 'pieces'; readonly id: number; readonly batch: PieceBatch | null }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromTrees =
  /** Once, when the directory is ready; `synced` when all of it was on the disk at that time. */
  | { readonly kind: 'opened'; readonly synced: boolean }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** Pieces are used up, and their memory comes back. */
  | { readonly kind: 'taken'; readonly id: number; readonly memory: ArrayBuffer }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly facts: ErrorFacts;
    };
