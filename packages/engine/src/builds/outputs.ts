import type { BuildFrame, BuildSpec, BuiltImage, CallOptions } from '@wharf/core';
import type { OpId, Plan } from '@wharf/dockerfile';
import type { Digest, Platform } from '@wharf/oci';
import type { BuildFacts } from './attest/facts.js';
import type { StagedBlobs } from './blobs/staged.js';
import type { OpReport, OpResult } from './executor.js';
import type { SolvedStep } from './solve/solve.js';

/** A plan whose operations are done. */
export interface SolvedPlan {
  readonly platform: Platform;
  readonly plan: Plan;
  /** Of the operations that the target needs. @throws InternalError for others */
  result(id: OpId): OpResult;
  /** SHA-256 of the operation's cache key, for caches that are exported. */
  key(id: OpId): string;
  /** Of the operations that the target needs, as an exported cache has them; undefined for others. */
  step?(id: OpId): SolvedStep | undefined;
  /** Digest of the base image's manifest, if the target has one. */
  readonly base?: { readonly reference: string; readonly digest?: string };
}

export interface ExportContext extends CallOptions {
  readonly buildId: string;
  readonly spec: BuildSpec;
  /** In the order of `spec.platforms`; one for the host's platform when that is empty. */
  readonly solved: readonly SolvedPlan[];
  readonly epochSeconds: number;
  /** For the config and its history. */
  readonly createdAt: Date;
  readonly facts: BuildFacts;
  /** Of the step `exporting`. */
  readonly report: OpReport;
  /** Blobs that were made with their layers. */
  readonly staged?: Pick<StagedBlobs, 'take'>;
  /** Holds blobs and layers until the build ends (R22). */
  hold(digests: readonly Digest[]): Promise<void>;
}

export interface Exported {
  /** Absent when no output is an image. */
  readonly image?: BuiltImage;
  /** Of `--metadata-file`, without what the build itself adds; plain JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Frames of kind output, and of cacheTo behind those of outputs. */
export type OutputFrame = Extract<BuildFrame, { readonly kind: 'output' }>;

/** Makes of results what `spec.outputs` and `spec.cacheTo` ask for. */
export interface Outputs {
  /** Pulled by the reader: nothing is made ahead of him. Leaving it removes what is not finished. */
  export(context: ExportContext): AsyncGenerator<OutputFrame, Exported, undefined>;
}
