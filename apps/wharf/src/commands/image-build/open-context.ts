import type { CallOptions, TreeSource } from '@wharf/core';

/** The files of a directory, as `syncTree` takes them. */
export interface OpenedContext {
  readonly digest: string;
  readonly source: TreeSource;
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
}

export interface OpenContextOptions extends CallOptions {
  /** Path of the Dockerfile in the directory, for its own ignore file. */
  readonly dockerfile?: string;
}

/** Reads a directory without what its .dockerignore leaves out. */
export type OpenContext = (
  directory: string,
  options: OpenContextOptions,
) => Promise<OpenedContext>;
