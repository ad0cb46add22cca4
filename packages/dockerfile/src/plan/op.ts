import type { Platform } from '@wharf/oci';
import type { Mount } from '../instruction/mount.js';
import type { Mode } from './mode.js';

/** Names an operation inside one plan: its place in `Plan.ops`, behind all that it needs. */
export type OpId = number;

/** What the solver can execute and cache. Every input is in `inputs`; an operation is a function of them and of its fields. */
export type Op =
  ImageOp | ScratchOp | ContextOp | FilesOp | HttpOp | GitOp | RunOp | CopyOp | DirectoryOp;

interface OpBase {
  readonly id: OpId;
  readonly inputs: readonly OpId[];
}

/** The file system of an image. */
export interface ImageOp extends OpBase {
  readonly kind: 'image';
  readonly reference: string;
  readonly platform: Platform;
  /** When the caller resolved it. */
  readonly digest?: string;
}

/** No files. */
export interface ScratchOp extends OpBase {
  readonly kind: 'scratch';
}

/** The build context, or a named one. */
export interface ContextOp extends OpBase {
  readonly kind: 'context';
  /** Undefined is the build context itself. */
  readonly name?: string;
}

/** Files whose content stands in the Dockerfile, at the root, 0644. */
export interface FilesOp extends OpBase {
  readonly kind: 'files';
  readonly files: readonly InlineFile[];
}

export interface InlineFile {
  readonly name: string;
  readonly content: string;
}

/** One file named `filename`. */
export interface HttpOp extends OpBase {
  readonly kind: 'http';
  readonly url: string;
  readonly filename: string;
  /** `sha256:…` */
  readonly checksum?: string;
}

/** A checked-out tree. */
export interface GitOp extends OpBase {
  readonly kind: 'git';
  readonly remote: string;
  readonly ref?: string;
  readonly subdirectory?: string;
  readonly keepGitDir: boolean;
  readonly submodules: boolean;
  /** The commit that it must be, in full or shortened. */
  readonly commit?: string;
}

/** A process in the file system of `inputs[0]`. */
export interface RunOp extends OpBase {
  readonly kind: 'run';
  readonly base: OpId;
  readonly args: readonly string[];
  /** The image's environment and the arguments in scope, which it may all use. */
  readonly env: readonly string[];
  /** Set for the process too, but of no meaning for its result: no part of a cache key and of no history. */
  readonly proxyEnv: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly mounts: readonly PlannedMount[];
  /** Scripts of heredocs with an interpreter, read-only at `/dev/pipes/<name>`, 0755. */
  readonly scripts: readonly InlineFile[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  readonly devices: readonly string[];
  readonly platform: Platform;
}

/** A mount with an absolute target and the operation that gives its content, if any does. */
export type PlannedMount = Mount & { readonly input?: OpId };

/** Copies into the file system of `inputs[0]`. */
export interface CopyOp extends OpBase {
  readonly kind: 'copy';
  readonly base: OpId;
  readonly items: readonly CopyItem[];
  /** Absolute; with a slash at its end it is a directory. */
  readonly destination: string;
  /** User and group as written, names from the image's own tables; empty is 0:0. */
  readonly owner: string;
  readonly mode?: Mode;
  /** The result is a layer that does not depend on what is below it. */
  readonly link: boolean;
  /** Patterns as in .dockerignore. */
  readonly exclude: readonly string[];
  readonly platform: Platform;
}

export interface CopyItem {
  readonly input: OpId;
  /** Absolute in the input; may have the wildcards of a path pattern. */
  readonly path: string;
  readonly wildcards: boolean;
  /** `--parents`: the part of the path that is kept below the destination. */
  readonly keep?: string;
  /** Whether an archive is unpacked. */
  readonly unpack: boolean;
}

/** WORKDIR: a directory that is made where it is missing, 0755. */
export interface DirectoryOp extends OpBase {
  readonly kind: 'directory';
  readonly base: OpId;
  readonly path: string;
  /** Who owns what is made. */
  readonly user: string;
}
