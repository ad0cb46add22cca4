import type { CallOptions } from '@wharf/core';
import type { LocalMount } from './local-options.js';

/** Frozen directories topmost first, and where what is written goes. */
export interface DataStack {
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/** What the engine needs of the kernel for volumes. Targets and directories are the daemon's own. */
export interface VolumePort {
  /** Whether something is mounted at the path. */
  isMounted(path: string): boolean;
  /** failed-precondition in docker's words when the kernel refuses it. */
  mountLocal(target: string, mount: LocalMount, options: CallOptions): Promise<void>;
  mountStack(target: string, stack: DataStack): void;
  /** Idempotent; who is in it keeps what is open. */
  unmount(target: string): void;
  /**
   * Content of one directory into another that is empty, with owners, modes, times, links, holes and attributes. Both are
   * walked by descriptor: what a container swaps meanwhile leads nowhere else. `reflink` refuses to copy bytes.
   */
  copyTree(
    from: string,
    to: string,
    options: CallOptions & { readonly reflink?: boolean },
  ): Promise<void>;
  /** The directory, which is empty, holds no more than that. False where the file system enforces no quotas of projects. */
  limit(directory: string, project: number, bytes: bigint): boolean;
  /** Two directories take each other's place at once, renameat2(2). */
  exchange(one: string, other: string): void;
  /** Whether files of this directory share their blocks when they are copied (FICLONE). */
  canReflink(directory: string): boolean;
}
