import type { ErrorCode, ErrorFacts } from '@wharf/core';
import type { Compression } from '../compression/compress.js';
import type { FromPacker } from '../pack/jobs/protocol.js';
import type { TarLimits } from '../tar/entry.js';

/**
 * What a worker is started with; without it a worker packs, and each job is a message. One that unpacks does one layer and is gone,
 * because a jail cannot be left.
 */
export interface WorkerStart {
  /** Path of the native addon. */
  readonly native: string;
  readonly job: UnpackJob | SettleJob | RemoverJob;
}

export interface UnpackJob {
  readonly kind: 'unpack';
  /** The empty directory that becomes the jail. */
  readonly target: string;
  /** Descriptor of the compressed blob; without it the bytes come as messages. */
  readonly blobFd: number | undefined;
  readonly compression: Compression;
  readonly expectedDiffId: string | undefined;
  /** Undefined when they are not there yet: the result then says what is left to settle. */
  readonly lowerDirs: readonly string[] | undefined;
  readonly tar: TarLimits;
  /** Most bytes that the stream may have when it is decompressed. */
  readonly byteLimit: ByteLimit;
}

/** Completes a layer that was unpacked before those below it. */
export interface SettleJob {
  readonly kind: 'settle';
  /** The unpacked layer, which becomes the jail. */
  readonly target: string;
  readonly lowerDirs: readonly string[];
  readonly implied: readonly string[];
}

/** `perCompressed` x compressed bytes so far + `base`, and never more than `most`. */
export interface ByteLimit {
  readonly base: number;
  readonly perCompressed: number;
  readonly most: number;
}

/** Not jailed and used again: each message is a path to remove, each answer `removed` or `failed`. */
export interface RemoverJob {
  readonly kind: 'remover';
  /** One 32-bit word: not 0 asks the removal in progress to stop. */
  readonly stop: SharedArrayBuffer;
}

/** From the daemon to a worker that is fed: null ends the stream. */
export type ToWorker = Uint8Array<ArrayBuffer> | null;

export type FromWorker =
  /** So many bytes of what was sent are used up. */
  | { readonly kind: 'taken'; readonly bytes: number }
  /** Decompressed bytes so far. */
  | { readonly kind: 'progress'; readonly bytes: number }
  | { readonly kind: 'unpacked'; readonly result: UnpackResult }
  | { readonly kind: 'removed' }
  | { readonly kind: 'settled' }
  | FromPacker
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly facts: ErrorFacts;
    };

export interface UnpackResult {
  /** Digest of the decompressed stream, all of it: `sha256:` and 64 hex digits. */
  readonly diffId: string;
  /** Bytes of file contents, holes not counted. */
  readonly size: number;
  readonly entries: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  /** The layer hides everything below it: overlayfs ignores that mark on a root, so mount it without lower layers. */
  readonly opaqueRoot: boolean;
  /** Extended attributes that were left out (labels of the host's security modules, foreign trusted.*). */
  readonly droppedXattrs: number;
  /** Entries that were left out (bookkeeping of aufs). */
  readonly droppedEntries: number;
  /** Directories for `settle`; only of a layer that was unpacked without knowing those below it. */
  readonly implied?: readonly string[] | 'too-many';
}
