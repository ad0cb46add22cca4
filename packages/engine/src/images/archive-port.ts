import type { CallOptions } from '@wharf/core';

/** A member of an archive of images; the name as it is stored, not cleaned. */
export interface ArchiveMember {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  /** Bytes that follow. */
  readonly size: number;
  /** Target of a link, else ''. */
  readonly link: string;
}

/** What a reader of archives says: `member`, any number of `data`, `end`. */
export type ArchiveEvent =
  | { readonly kind: 'member'; readonly member: ArchiveMember }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

export interface ArchiveReadOptions extends CallOptions {
  /** Members; resource-exhausted beyond. */
  readonly maxMembers: number;
}

/** The tar around images: of save and load, not of layers. */
export interface ArchivePort {
  /**
   * Reads a tar, plain or compressed (gzip, zstd; bzip2 and xz where the host has the tool), to the end of the source, in
   * batches of bounded size. Bytes are valid until the next batch is asked for.
   * @throws DataLossError for a corrupt one, InvalidArgumentError for what belongs in no archive of images (sparse
   * files, names that are not UTF-8), ResourceExhaustedError past a limit, WharfError unimplemented without the tool
   */
  read(
    source: AsyncIterable<Uint8Array>,
    options: ArchiveReadOptions,
  ): AsyncIterable<readonly ArchiveEvent[]>;
  /** The header of a file, 0644 (a directory, 0755, without a size), of root, from 1970. */
  header(path: string, size?: number): Uint8Array;
  /** Zeros after a body of that size. */
  padding(size: number): Uint8Array;
  readonly trailer: Uint8Array;
}
