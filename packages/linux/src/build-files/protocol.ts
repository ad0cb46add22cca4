import type { ErrorCode, ErrorFacts } from '@wharf/core';
import type {
  BlobTarget,
  ContentFacts,
  CopyRequest,
  CopySource,
  FileSource,
  FoundFiles,
  LayerPlace,
  PackedLayer,
  SearchRequest,
} from '@wharf/engine/ports';

/** One job for a thread. One that needs mounts or a root of its own is its only one, because these go with it. */
export interface BuildFilesStart {
  /** Path of the native addon. */
  readonly native: string;
  /** See `recordDescriptors`. */
  readonly descriptors: SharedArrayBuffer;
  /** Whether an overlay can be a descriptor alone. */
  readonly canDetach: boolean;
  readonly job: BuildFilesJob;
}

export interface CopyJob {
  readonly kind: 'copy';
  readonly treesRoot: string;
  readonly request: CopyRequest;
}

export interface DigestJob {
  readonly kind: 'digest';
  readonly treesRoot: string;
  readonly request: { readonly items: readonly CopySource[]; readonly exclude: readonly string[] };
}

export interface MaterialiseJob {
  readonly kind: 'materialise';
  readonly treesRoot: string;
  readonly request: {
    readonly source: FileSource;
    readonly path: string;
    readonly target: string;
  };
}

export interface SealJob {
  readonly kind: 'seal';
  readonly request: {
    readonly upper: string;
    readonly lower: readonly string[];
    readonly epochSeconds: number;
    readonly stubs: readonly string[];
    readonly blob?: BlobTarget;
  };
}

export interface SearchJob {
  readonly kind: 'search';
  readonly request: SearchRequest;
}

export type BuildFilesJob =
  | CopyJob
  | DigestJob
  | MaterialiseJob
  | SealJob
  | SearchJob
  | {
      readonly kind: 'make-directory';
      readonly request: {
        readonly place: LayerPlace;
        readonly path: string;
        readonly owner: string;
      };
    };

/**
 * Whether a job leaves its thread as it was: what it mounts is nowhere and ends with its descriptor, and what it reads and
 * writes is found by descriptors. Archives are unpacked with a root of the thread's own, which stays with it.
 */
export function isPlain(job: BuildFilesJob, canDetach: boolean): boolean {
  if (job.kind === 'seal') return true;
  if (job.kind === 'copy' && unpacks(job.request)) return false;
  if (canDetach) return true;
  return job.kind === 'digest' && job.request.items.every(({ source }) => source.kind === 'tree');
}

/** Whether something may turn out to be an archive. */
export function unpacks({ items }: CopyRequest): boolean {
  return items.some(({ unpack }) => unpack);
}

/** What the walk of a directory that is made a layer tells. */
export interface SealedTree {
  readonly size: number;
  readonly entries: number;
  readonly opaqueRoot: boolean;
}

export interface SealedLayer extends SealedTree {
  readonly layer: PackedLayer;
}

export type BuildFilesResult = ContentFacts | FoundFiles | SealedLayer | undefined;

/** Compressions that need a tool of the host, which a thread with a hostile root must not run. */
export type ToolKind = 'xz' | 'bzip2';

/** To a thread: a piece of what it asked to have decompressed, null at its end, or why there is no more. */
export type ToBuildFiles =
  { readonly kind: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> | null } | Failure;

export interface Failure {
  readonly kind: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

export type FromBuildFiles =
  | { readonly kind: 'done'; readonly result: BuildFilesResult }
  /** The content of a descriptor, from its start, one piece at a time: `next` asks for the following one. */
  | { readonly kind: 'decompress'; readonly fd: number; readonly tool: ToolKind }
  | { readonly kind: 'next' }
  /** No more of it is needed. */
  | { readonly kind: 'enough' }
  | Failure;
