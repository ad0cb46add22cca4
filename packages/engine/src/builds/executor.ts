import type { AgentConnection, BuildSpec, CacheInput, CallOptions, ExecSession } from '@wharf/core';
import type { Op, OpId } from '@wharf/dockerfile';
import type { Digest, LayerCompression } from '@wharf/oci';
import type { BlobIdentity } from '../content/content.js';
import type { Pins } from './pins.js';

/** What an operation gives: layers that lie on each other (lowest first, all of them here), or a tree. */
export type OpResult =
  | { readonly kind: 'layers'; readonly diffIds: readonly Digest[] }
  | { readonly kind: 'tree'; readonly digest: string };

/** What an executor may tell while it works. */
export interface OpReport {
  log(stream: 'stdout' | 'stderr', data: Uint8Array): void;
  progress(name: string, current: number, total: number, unit: 'bytes' | 'pieces'): void;
}

/** The surroundings of a step that failed, for `debug`; disposed of after ten minutes, or when the daemon ends. */
export interface FailedStep extends AsyncDisposable {
  /** Chain ids of all that it lies on and mounts, which stay as long as it does. */
  readonly layers: readonly Digest[];
  open(
    request: { readonly args: readonly string[]; readonly rows: number; readonly columns: number },
    options: CallOptions,
  ): Promise<ExecSession>;
}

/** The blob of a layer. */
export interface MadeBlob extends BlobIdentity {
  readonly diffId: Digest;
}

/** Where a layer's blob goes that is made with the layer, because an image will have it. */
export interface BlobSink {
  readonly compression: LayerCompression;
  /** Takes over a file of ours on the file system of layers; one that is of no use any more it leaves. */
  keep(file: string, made: MadeBlob): Promise<void>;
}

/** What one build gives to the operations in it. */
export interface OpContext extends CallOptions {
  readonly buildId: string;
  readonly spec: BuildSpec;
  /** No file of a new layer is younger. Seconds since 1970. */
  readonly epochSeconds: number;
  /** What processes of steps see as the name of their host; the same for all builds when absent. */
  readonly hostname?: string;
  readonly report: OpReport;
  /** Whether a result may be taken from what the network said before (--no-cache asks anew). */
  readonly fresh: boolean;
  /** Holds layers and blobs for as long as the build runs (R22): look, hold, look again. */
  hold(digests: readonly Digest[]): Promise<void>;
  /** Of the operations that this one needs. */
  result(id: OpId): OpResult;
  /** Digest of the tree of the build context, or of a named one. */
  contextTree(name: string | undefined): Promise<string>;
  /** What Dockerfile.lock says; executors of images, http and git ask it, and note what they used. */
  readonly pins: Pins;
  /** A connection to an agent of the caller; not-found for an id that it does not have. */
  readonly agent?: (id: string) => Promise<AgentConnection>;
  /** Takes over what a failed RUN has left, when the build keeps it; the executor then throws the step's failure. */
  readonly keepFailed?: (step: FailedStep) => void;
  /** For operations whose layer is one of an image that the build gives: its blob is made in the same pass. */
  readonly blobs?: BlobSink;
  /** For `inputs`: of layers the chain ids stand in place of contents, as they are not here. */
  readonly contents?: 'chains';
  /** Fills an empty directory with the cache mount of that id out of an imported cache; false when there is none. */
  readonly fillCacheMount?: (
    id: string,
    directory: string,
    options: CallOptions,
  ) => Promise<boolean>;
}

/**
 * How operations of one kind are done. The solver asks for the inputs first; operations with equal inputs have equal results, so
 * that one that was recorded is taken instead of executing. Equal operations of builds at the same time are executed once.
 */
export interface OpExecutor<O extends Op> {
  /**
   * All that the result depends on, in an order that does not depend on the day: the kind of the operation itself, contents of what it reads (never
   * keys of other operations, so that a step whose output is as before changes nothing behind it), and its fields. Values are
   * for people too: short ones stand as they are, contents as digests. Secrets are no part of it.
   */
  inputs(op: O, context: OpContext): Promise<readonly CacheInput[]>;
  execute(op: O, context: OpContext): Promise<OpResult>;
  /** Whether a recorded result is still whole. */
  isHere(result: OpResult, context: OpContext): Promise<boolean>;
  /** Operations whose files `inputs` reads; none unless said. */
  reads?(op: O): readonly OpId[];
  /** Whether layers that an imported cache has for it can be its own; those on top of its base may be unless said. */
  believes?(op: O, result: OpResult, context: OpContext): Promise<boolean>;
}

export type OpExecutors = {
  readonly [K in Op['kind']]: OpExecutor<Extract<Op, { readonly kind: K }>>;
};
