import type { AgentConnection, CallOptions, TreeChunk } from '@wharf/core';
import type { Mode } from '@wharf/dockerfile';
import type { LayerCompression, PackedLayer } from '../layers/ports.js';

/** Directories that lie on each other (topmost first, as overlay mounts them), or a tree of the store. */
export type FileSource =
  | { readonly kind: 'stack'; readonly lower: readonly string[] }
  | { readonly kind: 'tree'; readonly digest: string };

/** The counts and bytes of files, for progress and records. */
export interface TreeFacts {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Contents and documents of directories (core's tree.ts) by their SHA-256, each a file at `<root>/<2 digits>/<62 digits>`, 0600. A
 * cache: nothing is synced, and what was written before an unclean end of the machine is emptied at the start. All off the
 * main thread.
 */
export interface TreePort {
  /** Which of them are not here, in their order. */
  missing(digests: readonly string[], options: CallOptions): Promise<readonly string[]>;
  /** invalid-argument for bytes that are not what their digest says; those before it stay. */
  write(
    chunks: AsyncIterable<TreeChunk>,
    options: CallOptions,
  ): Promise<{ readonly bytes: number; readonly pieces: number }>;
  /** One piece that is small, as a document of a directory. not-found */
  read(digest: string, options: CallOptions): Promise<Uint8Array>;
  /** The bytes of a content of any size from an offset on, as they lie on the disk: whoever needs them whole verifies them. not-found */
  stream?(
    digest: string,
    options: CallOptions & { readonly offset: number },
  ): AsyncIterable<Uint8Array>;
  /** The files of a directory of ours, whose content is hostile; what is not a file, directory or link is left out. */
  importDirectory(
    request: {
      readonly directory: string;
      /** Below it, found without following links. '' is all. */
      readonly subpath: string;
      /** Lines of a .dockerignore. */
      readonly ignore: string;
      /** Never left out, whatever `ignore` says. */
      readonly keep: readonly string[];
    },
    options: CallOptions,
  ): Promise<TreeFacts>;
  /** Files whose names and contents are given, at the root, with a mode each. */
  importFiles(
    files: readonly {
      readonly name: string;
      readonly mode: number;
      readonly content: Uint8Array;
    }[],
    options: CallOptions,
  ): Promise<TreeFacts>;
  /** Whether all that the tree reaches is here, and how much it is; undefined when something is missing. */
  facts(digest: string, options: CallOptions): Promise<TreeFacts | undefined>;
  /** Removes what none of the trees reaches, unless it was written in the last hour; with `all` also then, when nobody writes. Tells the bytes. */
  sweep(
    kept: readonly string[],
    options: CallOptions & { readonly all?: boolean },
  ): Promise<{ readonly bytes: number }>;
}

/** What is copied; see `CopyItem` of @wharf/dockerfile. */
export interface CopySource {
  readonly source: FileSource;
  /** Absolute in the source, `..` resolved as text; links in directories of it are followed inside the source. */
  readonly path: string;
  readonly wildcards: boolean;
  readonly keep?: string;
  /** An archive (tar, plain or compressed) is unpacked, anything else is copied. */
  readonly unpack: boolean;
}

/** A stack that gets a new top directory: `upper` and `work` are empty directories of ours, on one file system. */
export interface LayerPlace {
  /** Topmost first; empty for a layer that does not depend on what is below. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/** Where an archive of a layer is written besides. */
export interface BlobTarget {
  readonly compression: LayerCompression;
  /** Replaced if it exists, 0600. It is not on the disk at the end: whoever gives it a lasting name syncs it. */
  readonly targetFile: string;
}

export interface CopyRequest {
  readonly place: LayerPlace;
  readonly items: readonly CopySource[];
  /** Absolute; with a slash at its end it is a directory. */
  readonly destination: string;
  /** USER[:GROUP], names from the stack's own /etc/passwd and /etc/group; empty is 0:0 for trees, and as it was for stacks. */
  readonly owner: string;
  readonly mode?: Mode;
  /** Patterns as in .dockerignore, relative to each source. */
  readonly exclude: readonly string[];
}

/** One file, directory or link of what would be copied. */
export interface ContentEntry {
  /** As it is found in the source, absolute (latin1). */
  readonly path: string;
  /** Of bytes, mode, and for stacks owner; never of times. */
  readonly digest: string;
}

export interface ContentFacts {
  /** Of all entries in their order. */
  readonly digest: string;
  /** In the order of their paths. Of a directory of more than 20,000 entries only those of it. */
  readonly entries: readonly ContentEntry[];
}

/**
 * What COPY, ADD and WORKDIR do to files, each call in a thread and a mount namespace of its own that end with it. Sources
 * and stacks are hostile (R1): nothing outside of them is read or written, whatever links they have.
 * not-found names the path that no source has, and says when .dockerignore may be why; invalid-argument: something on the way is no
 * directory, an archive is refused, or an owner is not known; resource-exhausted: a limit, or the disk.
 */
export interface BuildFilePort {
  /** Cancelled work leaves remains in `upper`, which are the caller's to remove. */
  copy(request: CopyRequest, options: CallOptions): Promise<void>;
  /** The same items as `copy` would take. */
  digest(
    request: { readonly items: readonly CopySource[]; readonly exclude: readonly string[] },
    options: CallOptions,
  ): Promise<ContentFacts>;
  /** A directory and those that lead to it, 0755, where they are missing; `owner` as in `copy`. */
  makeDirectory(
    request: { readonly place: LayerPlace; readonly path: string; readonly owner: string },
    options: CallOptions,
  ): Promise<void>;
  /** A part of a source as a directory of files of its own, for a bind mount; a file becomes `target` itself. */
  materialise(
    request: { readonly source: FileSource; readonly path: string; readonly target: string },
    options: CallOptions,
  ): Promise<void>;
  /**
   * Makes an overlay upper directory a layer: no time is later than the epoch, empty `stubs` that the layers below lack are
   * gone, remains that overlayfs keeps for itself too. Nobody has it mounted. With `blob` the layer is also written as an archive in
   * the same pass, byte for byte as `packLayer` writes it; what a failed call leaves of it is the caller's to remove.
   */
  seal(
    request: {
      readonly upper: string;
      readonly lower: readonly string[];
      readonly epochSeconds: number;
      readonly stubs: readonly string[];
      readonly blob?: BlobTarget;
    },
    options: CallOptions,
  ): Promise<{
    /** Bytes of file content. */
    readonly size: number;
    readonly entries: number;
    /** It hides all below it. */
    readonly opaqueRoot: boolean;
    /** What it changes, as an archive; without `blob` as one that is not written. */
    readonly layer: PackedLayer;
  }>;
}

/** Files that are read wherever they are, by a pattern of their path from the root (latin1, no slash before it). */
export interface WantedFile {
  /** Ours, never of a build. */
  readonly pattern: RegExp;
  readonly maxBytes: number;
  /** Of a longer file its beginning is read; otherwise it is left out. */
  readonly head: boolean;
}

export interface SearchRequest {
  /** Layers, topmost first. */
  readonly lower: readonly string[];
  readonly wanted: readonly WantedFile[];
  readonly maxFiles: number;
  /** Of all contents. */
  readonly maxBytes: number;
}

export interface FoundFiles {
  /** In the order of their paths, by bytes. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** Files that were wanted and are over a limit. */
  readonly leftOut: number;
}

/** Reads the few files of a hostile stack (R1) that say what is in it. Regular files only, no link is followed. */
export interface FileSearchPort {
  search(request: SearchRequest, options: CallOptions): Promise<FoundFiles>;
}

export interface HttpSourceRequest {
  readonly url: string;
  /** Of what was fetched before: a server that says 304 sends nothing. */
  readonly known?: { readonly etag: string; readonly lastModified: string };
  /** `sha256:…`; data-loss unless it matches. */
  readonly checksum?: string;
  /** Where the bytes go (0600), a name that does not exist. */
  readonly target: string;
  /** Value of the Authorization header for the host of the URL alone; none after a redirect elsewhere. */
  readonly authorization?: string;
  readonly onProgress?: (current: number, total: number) => void;
}

export type HttpSourceResult =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'fetched';
      readonly digest: string;
      readonly size: number;
      readonly etag: string;
      readonly lastModified: string;
      /** The name that the server gives it (Content-Disposition), one component; empty if none. */
      readonly filename: string;
    };

export interface GitSourceRequest {
  /** https://, http://, ssh:// or git@HOST:PATH. */
  readonly remote: string;
  /** Branch, tag, refs/… or commit; HEAD when absent. */
  readonly ref?: string;
  readonly submodules: boolean;
  readonly keepGitDir: boolean;
  /** Full, for `fetch`. */
  readonly commit: string;
  /** A bare repository of ours for this remote, made if missing; calls for one directory come one after the other. */
  readonly repository: string;
  /** The tree is checked out into this empty directory. */
  readonly target: string;
  /** Path of a socket of an agent (ssh-agent(1)). */
  readonly agentSocket?: string;
  readonly authorization?: string;
  readonly onProgress?: (text: string) => void;
}

/**
 * What a build reads from the network. Addresses of the daemon's own host, of its networks and of clouds' metadata
 * (loopback, private, link-local, unique local, multicast) are permission-denied unless `allowPrivate` names the host, also after redirects and
 * for every address that a name has. Only http and https; at most 10 redirects.
 */
export interface SourcePort {
  http(request: HttpSourceRequest, options: CallOptions): Promise<HttpSourceResult>;
  /** The commit that a ref means now. not-found; invalid-argument for what is no remote. */
  gitCommit(
    request: Pick<GitSourceRequest, 'remote' | 'ref' | 'agentSocket' | 'authorization'>,
    options: CallOptions,
  ): Promise<string>;
  /** Hooks, filters, and protocols other than those above are never used, also not of submodules. */
  git(request: GitSourceRequest, options: CallOptions): Promise<{ readonly committedAt: Date }>;
}

/** A socket that stands for an agent of the caller. Disposing of it ends its connections. */
export interface AgentSocket extends AsyncDisposable {
  /** In a private directory. */
  readonly path: string;
}

export interface AgentSocketPort {
  /** Each connection to the socket is one that `connect` makes; where that fails it is closed. */
  listen(connect: () => Promise<AgentConnection>): Promise<AgentSocket>;
}
