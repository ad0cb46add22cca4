import type { CallOptions, PathStat, ProcessIdentity, VolumeEntry } from '@wharf/core';
import type { RootfsSpec } from './ports.js';

/** Something that the container sees at a place of its root. */
export interface ViewMount {
  /** Path on the host. */
  readonly source: string;
  /** What is mounted is beneath the source, found without following links. */
  readonly subpath?: string;
  /** Absolute in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  /** With what is mounted below the source. */
  readonly recursive: boolean;
  /** Left out when the source or its place is missing; otherwise that is failed-precondition. */
  readonly optional: boolean;
  /** A volume that the first start fills with what the root has at its place: until then that is what is seen, and it is filled before something is written. */
  readonly seeded: boolean;
}

/** How to get at the files of one container. */
export interface RootView {
  readonly root:
    | {
        /** It does not run: nobody else has it mounted, and nobody may mount it meanwhile. */
        readonly kind: 'stack';
        readonly stack: RootfsSpec;
      }
    | {
        /** It runs: its root is mounted at `path` in the mount namespace of its shim. */
        readonly kind: 'task';
        readonly shim: ProcessIdentity;
        readonly path: string;
      }
    | {
        /** A directory of the daemon's own, as the content of a volume is. */
        readonly kind: 'directory';
        readonly path: string;
      };
  /** Nothing may be written but below a mount that is not read-only. */
  readonly readOnly: boolean;
  readonly mounts: readonly ViewMount[];
}

export interface PackedPath {
  readonly stat: PathStat;
  /** Each chunk is the caller's. Leaving the loop ends the work. */
  readonly archive: AsyncIterable<Uint8Array>;
}

export interface UnpackIntoRequest {
  /** A directory of the container; links in it are followed inside the root. */
  readonly path: string;
  readonly noOverwriteDirNonDir: boolean;
  /** What the archive says of its top directory is done to the root; `path` is `/`. */
  readonly top?: boolean;
  /** Goes before, with all that is in it; paths from the root (latin1). */
  readonly remove?: readonly string[];
}

export interface PackRootOptions extends CallOptions {
  /** With an entry for the root, the others below it. */
  readonly top?: boolean;
  /** These alone (latin1), and the directories that lead to them. */
  readonly paths?: readonly string[];
}

/**
 * Files of containers, looked up in the container's root and nowhere else (R1, R13), each call in a thread and a mount
 * namespace of its own that end with it. Paths are absolute in the root, `.` and `..` resolved as text; `/` at the end
 * (or `/.`) means the directory that a link leads to.
 * not-found: no such path; invalid-argument: something on the way is no directory, or the archive is refused;
 * failed-precondition: read-only, or a mount of the container cannot be made; resource-exhausted: a limit, or the disk.
 */
export interface FilePort {
  /** A link at the end is not followed. */
  stat(view: RootView, path: string, options: CallOptions): Promise<PathStat>;
  /** Resolves once the path is found. The first entry has the name of the path's last component, `.` for the root and after a `/.`. */
  pack(
    view: RootView,
    request: { readonly path: string; readonly followLink: boolean },
    options: CallOptions,
  ): Promise<PackedPath>;
  /** All of the root, names relative to it, without what is mounted on it. */
  packRoot(view: RootView, options: PackRootOptions): AsyncIterable<Uint8Array>;
  /** All of the root with digests, in batches. */
  entries(view: RootView, options: CallOptions): AsyncIterable<readonly VolumeEntry[]>;
  /** Nothing outside the root changes, whatever the archive (plain, gzip or zstd) says and whatever the container does meanwhile. */
  unpackInto(
    view: RootView,
    request: UnpackIntoRequest,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void>;
}
