import type { EntryType } from '../../tar/entry.js';
import type { LayerPath } from '../../unpack/apply/names.js';

/** A file that is found below a directory which is open, or that is open itself where the path is ''. */
export interface StoredContent {
  readonly fd: number;
  readonly path: string;
}

/** One entry of a source. What it can do is valid until the next one is asked for. */
export interface SourceEntry {
  /** From the root of the source, '' for the root. */
  readonly path: LayerPath;
  readonly kind: EntryType;
  /** 0 to 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
  /** Of a link (latin1), else ''. */
  readonly target: string;
  /** `sha256:…` of the content where that is known without reading. */
  readonly digest?: string;
  /** Entries with the same one are names of one file. */
  readonly twin?: string;
  /** Where the content of a file is that has nothing but content: whoever has this need not open it. */
  readonly stored?: StoredContent;
  /** The content of a file, opened for reading; the caller's to close. */
  open(): number;
  /** What is kept of its extended attributes; for files `fd` is what `open` gave. */
  attributes(fd?: number): ReadonlyMap<string, Uint8Array>;
}

export interface Walk {
  readonly start: LayerPath;
  /** Whether it is looked at, and for a directory also whether anything below it is, by its path. */
  readonly include: (path: LayerPath) => boolean;
}

/** Files that can be copied: layers on each other, or a tree of the store. Hostile; nothing of it is trusted but its digests. */
export interface Source {
  /**
   * What a path leads to, with links in its directories (and, with `follow`, the last one) followed inside; the path that comes
   * back is without links. @throws InvalidArgumentError for a path that leads in circles
   */
  find(path: LayerPath, options: { readonly follow: boolean }): Found | undefined;
  /** Names in a directory, ordered by their bytes, with what each is. */
  list(directory: LayerPath): readonly { readonly name: string; readonly isDirectory: boolean }[];
  /** The entry itself first; a directory before what is in it, ordered by the bytes of names. No link is followed. */
  walk(walk: Walk): Iterable<SourceEntry>;
  /** What of a whole tree is known without reading it, for a directory: `sha256:…`. */
  treeDigest(directory: LayerPath): string | undefined;
}

export interface Found {
  readonly path: LayerPath;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}
