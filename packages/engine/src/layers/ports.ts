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
  /** What was written before to the file system of the directory is on its disk. Those who come meanwhile share one run. */
  sync(directory: string, options: CallOptions): Promise<void>;
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

export type LayerCompression = 'none' | 'gzip' | 'zstd';

export interface PackedLayer {
  readonly diffId: string;
  readonly digest: string;
  /** Bytes of the blob. */
  readonly size: number;
  readonly uncompressedSize: number;
  readonly entries: number;
  /** What the layer does not hold, or not as it was; the layer is whole all the same. Say it (R24). */
  readonly leftOut: {
    /** Sockets, which no archive can hold. */
    readonly sockets: number;
    /** Files and directories that changed while they were read: cut, filled up with zeros, or missing. */
    readonly changed: number;
    /** Files named `.wh.*`, which would hide others where the layer is unpacked. */
    readonly reserved: number;
  };
}

/** In which two entries of a tree differ. */
export type FileAspect = 'type' | 'mode' | 'owner' | 'device' | 'time' | 'attributes' | 'content';

export interface FileChange {
  readonly kind: 'added' | 'modified' | 'deleted';
  /** Absolute in the root, raw bytes. */
  readonly path: Uint8Array;
  /** Of what is modified, with `details`; absent for a directory that differs in what is in it alone. */
  readonly differs?: readonly FileAspect[];
}

export interface PackOptions extends CallOptions {
  /** Bytes of the uncompressed archive so far. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Makes and compares layers, off the main thread; bytes go from file to file. The same content gives the same bytes on
 * any day and any daemon. Directories are ours, what is in them is not trusted. `targetFile` (0600) is replaced if it
 * exists, and is durable at the end (its name is the caller's to sync); nothing stays of it when a call fails.
 */
export interface PackPort {
  /**
   * What an overlay upper directory changes over `lower` (topmost first) as an OCI layer: whiteouts, opaque marks,
   * entries ordered by the bytes of their names, hard links kept, sparse files dense, attributes `user.*` and
   * `security.capability`. Copies that overlayfs made and nobody changed are left out. Times are cut to the second and,
   * with `epochSeconds`, are never later. Without `lower` nothing is known of what is below, and all marks are kept.
   */
  packLayer(
    request: {
      readonly upper: string;
      readonly lower: readonly string[];
      readonly compression: LayerCompression;
      readonly level?: number;
      readonly epochSeconds?: number;
      /** Absolute paths: an empty file or a directory there that the layers below lack is taken as not there. */
      readonly stubs?: readonly string[];
      /** Without it nothing is written: what the layer would be is all that is asked. */
      readonly targetFile?: string;
    },
    options: PackOptions,
  ): Promise<PackedLayer>;
  /**
   * What the upper directory changes, ordered by path, as `docker diff` shows it: directories in which something
   * changed are modified, all in an added directory is added, of a deleted one only the directory is named. An entry
   * that equals the one below in content, metadata and time is not shown.
   */
  changes(
    request: {
      readonly upper: string;
      readonly lower: readonly string[];
      /** As for `packLayer`. */
      readonly stubs?: readonly string[];
    },
    options: CallOptions,
  ): Promise<readonly FileChange[]>;
  /**
   * What differs between two stacks of layer directories (topmost first): type, mode, owner, size, link target,
   * device, attributes and content, and times of files with `times`. What both stacks share is not read. With `details` it is
   * said of what is modified what differs.
   */
  compareTrees(
    request: {
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly times?: boolean;
      readonly details?: boolean;
    },
    options: CallOptions,
  ): Promise<readonly FileChange[]>;
  /** The same archive, compressed in another way. data-loss when it is corrupt. */
  recompress(
    request: {
      readonly blobPath: string;
      readonly from: LayerCompression;
      readonly to: LayerCompression;
      readonly level?: number;
      readonly targetFile: string;
    },
    options: PackOptions,
  ): Promise<PackedLayer>;
  /**
   * What a file is compressed with, by its first bytes, and the digest of what is in it. bzip2 and xz are read by the
   * host's programs, and written uncompressed to `targetFile`, which is then `rewritten`; without `targetFile` they are
   * invalid-argument, without the program failed-precondition. resource-exhausted for bombs, with the bounds of unpack.
   */
  identify(
    request: { readonly path: string; readonly targetFile?: string },
    options: CallOptions,
  ): Promise<{
    readonly compression: LayerCompression;
    readonly diffId: string;
    readonly uncompressedSize: number;
    readonly rewritten: boolean;
  }>;
}
