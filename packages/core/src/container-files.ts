import type { CallOptions } from './call.js';

/** What lies at a path of a container. */
export interface PathStat {
  /** Last component. */
  readonly name: string;
  readonly size: number;
  /** Type and permission bits as in stat(2). */
  readonly mode: number;
  readonly modifiedAt: Date;
  /** Target of a symbolic link as the container sees it, resolved in its root; empty otherwise. */
  readonly linkTarget: string;
}

export interface CopiedPath {
  readonly stat: PathStat;
  /** Tar of the file or directory, whose first entry has the name of the path's last component. */
  readonly archive: AsyncIterable<Uint8Array>;
}

export interface CopyInOptions extends CallOptions {
  /** invalid-argument instead of replacing a directory by something else or the reverse. */
  readonly noOverwriteDirNonDir?: boolean;
  /** Owners as in the archive; without, everything belongs to root of the container. */
  readonly copyOwners?: boolean;
}

export interface CommitOptions extends CallOptions {
  /** Name for the image; none leaves it dangling. */
  readonly name?: string;
  readonly author?: string;
  readonly message?: string;
  /** As for import. */
  readonly changes?: readonly string[];
  /** Pause a running container meanwhile; true unless said otherwise. */
  readonly pause?: boolean;
}
