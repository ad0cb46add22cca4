import type { RegistryCredentials } from './images.js';

export type ArchiveCompression = 'none' | 'gzip' | 'zstd';

/** Credentials by registry host, as references write it (docker.io, localhost:5000). */
export type TransferCredentials = ReadonlyMap<string, RegistryCredentials>;

export type PushPhase =
  'preparing' | 'waiting' | 'pushing' | 'pushed' | 'exists' | 'mounted' | 'compressing';

export interface PushProgress {
  /** Digest of the blob as it is in the store. */
  readonly id: string;
  readonly phase: PushPhase;
  /** Bytes. */
  readonly current: number;
  readonly total: number;
  /** Repository that it was mounted from. */
  readonly from?: string;
}

export interface PushResult {
  /** Familiar name with tag. */
  readonly reference: string;
  readonly digest: string;
  /** Bytes of what was pushed (the manifest or index itself), as docker says it. */
  readonly size: number;
  readonly mediaType: string;
}

export type PushFrame =
  | { readonly kind: 'progress'; readonly progress: PushProgress }
  /** Something to be told to people, e.g. that only one platform is here. */
  | { readonly kind: 'note'; readonly message: string }
  /** One for each tag. */
  | { readonly kind: 'done'; readonly result: PushResult };

export interface LoadProgress {
  /** Digest of the layer, or the name of the archive's part. */
  readonly id: string;
  readonly phase: 'reading' | 'unpacking' | 'done' | 'exists';
  /** Bytes. */
  readonly current: number;
  readonly total: number;
}

export interface LoadedImage {
  /** Familiar name; empty for an image without one. */
  readonly reference: string;
  readonly imageId: string;
  readonly targetDigest: string;
  /** Id of the image that had the name before and is dangling now; empty if none. */
  readonly replaced: string;
}

export type LoadFrame =
  | { readonly kind: 'progress'; readonly progress: LoadProgress }
  | { readonly kind: 'loaded'; readonly image: LoadedImage };

export type WorkFrame =
  | { readonly kind: 'step'; readonly message: string }
  | { readonly kind: 'done'; readonly imageId: string; readonly targetDigest: string };

export interface VerifiedPart {
  readonly digest: string;
  readonly role: 'index' | 'manifest' | 'config' | 'layer' | 'snapshot';
  /** Empty when it is as it must be. */
  readonly problem: string;
  /** Bytes that were read. */
  readonly size: number;
}

export type VerifyFrame =
  | { readonly kind: 'part'; readonly part: VerifiedPart }
  | { readonly kind: 'done'; readonly parts: number; readonly problems: number };

/** A difference between two filesystems. */
export interface FileChange {
  readonly kind: 'added' | 'modified' | 'deleted';
  /** Absolute in the root; bytes, which need not be UTF-8. */
  readonly path: Uint8Array;
}
