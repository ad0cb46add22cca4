import type { AgentConnection, BuildSpec, WharfError } from '@wharf/core';
import type { Claim } from '../images/claims.js';
import type { BuildPins } from './lock/pins.js';
import type { CacheEntries } from './cache/records.js';
import type { Collector } from './cache/collector.js';
import type { BuildsDependencies, CacheImporter, OpTools } from './dependencies.js';
import type { FailedStep, OpExecutors } from './executor.js';
import type { Outputs } from './outputs.js';
import type { BuildFrames } from './records/frames.js';
import type { Recorder } from './records/recorder.js';
import type { BuildRecords } from './records/store.js';
import type { Executions } from './solve/executions.js';
import type { SolveDependencies } from './solve/solve.js';
import type { Uses } from './solve/uses.js';
import type { TreeGate } from './trees/gate.js';
import type { HeldTrees } from './trees/held.js';

/** What the verbs of builds/ work with; put together once by the factory. */
export interface BuildsContext
  extends Omit<BuildsDependencies, 'executors' | 'outputs' | 'importCache' | 'now'>, OpTools {
  readonly outputs: Outputs;
  readonly importCache?: CacheImporter;
  readonly now: () => number;
  readonly executors: OpExecutors;
  readonly entries: CacheEntries;
  readonly executions: Executions;
  readonly records: BuildRecords;
  readonly heldTrees: HeldTrees;
  /** Keys of the cache that builds use now. */
  readonly keyUses: Uses;
  /** Trees that builds use now. */
  readonly treeUses: Uses;
  /** Builds that run, by id. */
  readonly running: Map<string, Recorder>;
  /** What failed builds have kept for `debug`, by id. */
  readonly failed: Map<string, KeptFailure>;
  readonly collector: Collector;
  readonly solving: SolveDependencies;
  /** Builds and contexts that come are in it. */
  readonly treeGate: TreeGate;
  readonly keepFailed: (buildId: string, step: FailedStep) => void;
}

export interface KeptFailure {
  readonly step: FailedStep;
  readonly timer: NodeJS.Timeout;
}

/** One build while it runs. */
export interface Job {
  readonly id: string;
  readonly startedAt: Date;
  readonly spec: BuildSpec;
  readonly signal: AbortSignal;
  readonly agent?: (id: string) => Promise<AgentConnection>;
  readonly recorder: Recorder;
  readonly frames: BuildFrames;
  readonly claim: Claim;
  readonly pins: BuildPins;
  /** What ends with the build. */
  readonly ends: AsyncDisposableStack;
  /** The failure of the step that failed first, with what is known of its place. */
  failure?: WharfError;
}
