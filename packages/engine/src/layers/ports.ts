import type { CallOptions } from '@wharf/core';

export interface UnpackRequest {
  /** The verified blob. */
  readonly blobPath: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Digest of the uncompressed tar; data-loss unless it matches. */
  readonly diffId: string;
  /** An existing, empty directory of the daemon's own. */
  readonly target: string;
  readonly compressedSize: number;
  /** The layers below, topmost first: directories that no entry describes are as there. `later` when they are not there yet. */
  readonly lower: readonly string[] | 'later';
}

export interface UnpackResult {
  readonly diffId: string;
  /** Bytes of file content. */
  readonly size: number;
  readonly entries: number;
  /** The layer hides all below it (an opaque mark on its root, which overlayfs does not see). */
  readonly opaqueRoot: boolean;
  /** What `settle` has to do for a layer that was unpacked with `later`; one with too much is to be unpacked again. */
  readonly implied?: readonly string[] | 'too-many';
}

/** Unpacks layers in a jail (R2), off the main thread. Cancelling ends it at once; the target is then removed by the caller. */
export interface UnpackPort {
  unpack(request: UnpackRequest, options: CallOptions): Promise<UnpackResult>;
  /** Gives the directories that no entry of the layer describes what they have below. */
  settle(
    request: {
      readonly target: string;
      readonly lower: readonly string[];
      readonly implied: readonly string[];
    },
    options: CallOptions,
  ): Promise<void>;
  /** Removes a tree of ours whatever is in it: anchored, one file system, following nothing. Missing is fine. */
  removeTree(path: string, options: CallOptions): Promise<void>;
}

/** An entry of a base image that the daemon makes itself. */
export interface BaseImageSource {
  /** Writes a deterministic uncompressed tar of the root filesystem to `tarPath`. Steps are said through `onStep`. */
  make(
    kind: string,
    tarPath: string,
    options: CallOptions & { readonly onStep: (message: string) => void },
  ): Promise<BaseImageFacts>;
}

export interface BaseImageFacts {
  readonly env: readonly string[];
  readonly command: readonly string[];
  readonly createdBy: string;
}
