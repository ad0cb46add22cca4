/** What one member of an archive is. Sockets cannot be archived; devices keep their numbers. */
export type EntryType =
  'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** A moment to the nanosecond: `sec` may be negative, `nsec` is 0 to 999,999,999 and counts upwards from `sec`. */
export interface TarTime {
  readonly sec: bigint;
  readonly nsec: number;
}

/** The data regions of a sparse file as `[offset, length, offset, length, …]`, ordered, not overlapping. */
export type SparseMap = readonly number[];

/** One member, as its header and extended headers say. Names are bytes and exactly as stored: nothing is cleaned. */
export interface TarEntry {
  readonly path: Buffer;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  /** 0 to 2^32 - 2. */
  readonly uid: number;
  readonly gid: number;
  /** Length of the file in bytes, holes included; 0 for everything but files. */
  readonly size: number;
  readonly mtime: TarTime;
  /** Absent unless an extended header has it. */
  readonly atime: TarTime | undefined;
  /** Target of a symlink or hard link, else empty. */
  readonly link: Buffer;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes (`SCHILY.xattr.*`); each char of a name is one byte (latin1), values are bytes. */
  readonly xattrs: ReadonlyMap<string, Buffer>;
  readonly sparse: SparseMap | undefined;
}

/** Who gets the members of an archive, in order: `entry`, any number of `data`, `end`. Whatever it throws stops the reader. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** Bytes `[start, end)` of `chunk` belong at `position` of the file. The chunk is only valid during the call. */
  data(chunk: Buffer, start: number, end: number, position: number): void;
  end(): void;
}

/** Bounds on what one archive may ask for (rule R5). */
export interface TarLimits {
  /** Longest name or link target in bytes; PATH_MAX. */
  readonly nameBytes: number;
  /** Longest extended header, and longest map of a sparse file, in bytes. */
  readonly paxBytes: number;
  /** Members of the archive, extended headers not counted. */
  readonly entries: number;
  /** Longest file, holes included, in bytes. */
  readonly fileBytes: number;
}

export const defaultTarLimits: TarLimits = {
  nameBytes: 4096,
  paxBytes: 1 << 20,
  entries: 2_000_000,
  fileBytes: 2 ** 44,
};

export const blockBytes = 512;

/** Bytes of zero padding after a body of that length. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}
