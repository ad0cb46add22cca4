import type { CacheMount, CallOptions } from '@wharf/core';

/** What a step asks of a cache mount; see `CacheMount` of the plan. */
export interface CacheMountRequest {
  /** As the Dockerfile has it, variables put in. */
  readonly id: string;
  /** Several steps at once; a directory of its own for each that comes while another is in use; or one step after the other. */
  readonly sharing: 'shared' | 'private' | 'locked';
  /** Of a directory that is made; 0, 0 and 0755 unless said. */
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
  /** Fills a directory that is made, which is empty; a failure removes it. */
  readonly seed?: (directory: string, options: CallOptions) => Promise<void>;
}

/** A directory of ours for as long as a step runs. Its content is hostile. */
export interface HeldCacheMount extends AsyncDisposable {
  readonly directory: string;
}

/**
 * Directories that live on from one build to the next below `<data-root>/builds/cache-mounts`, named by the hash of their id. What is
 * in them is no part of a cache key and of no image.
 */
export interface CacheMounts {
  /** Waits for its turn where `sharing` says so. Dispose of it when the step's mounts are gone. */
  acquire(request: CacheMountRequest, options: CallOptions): Promise<HeldCacheMount>;
  /** The last used first. */
  list(options: CallOptions): Promise<readonly CacheMount[]>;
  /** A deterministic tar. not-found */
  export(id: string, options: CallOptions): AsyncIterable<Uint8Array>;
  /** Replaces its content, or makes it. failed-precondition while a step uses it; an export of it is waited for. */
  import(id: string, archive: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void>;
  /** Unpacks an archive into an empty directory of ours; what a failure leaves is removed. */
  fill(directory: string, archive: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void>;
  /** Bytes that came free; 0 while a step uses it. */
  remove(id: string, options: CallOptions): Promise<number>;
}
