import type { CallOptions, Entitlement } from '@wharf/core';
import type { Platform } from '@wharf/oci';
import type { Logger } from '../containers/dependencies.js';
import type { FilePort } from '../containers/file-ports.js';
import type { Claims } from '../images/claims.js';
import type { ImageManager } from '../images/images.js';
import type { Layers } from '../layers/layers.js';
import type { PackPort, UnpackPort } from '../layers/ports.js';
import type { State } from '../state/state.js';
import type { BaseImages } from './base-images.js';
import type { CacheMounts } from './cache-mounts/cache-mounts.js';
import type { BuildGcPolicy } from './cache/gc-policy.js';
import type { ImportRequest } from './cache-transfer/import.js';
import type { ImportedCache } from './cache-transfer/imported-cache.js';
import type { OpExecutors } from './executor.js';
import type { GitMirrors } from './git/mirrors.js';
import type { CacheFacts } from './facts/cache-facts.js';
import type { Outputs } from './outputs.js';
import type { AgentSocketPort, SourcePort, TreePort } from './ports.js';
import type { StepRunner } from './step-runner.js';

/** What the executors of operations get from the builder. */
export interface OpTools {
  readonly cacheMounts: CacheMounts;
  readonly facts: CacheFacts;
  readonly gitMirrors: GitMirrors;
  /** Makes an empty directory (0700) on the file system of layers that goes with its disposal; what a crash leaves goes at the start. */
  scratch(): Promise<{ readonly path: string } & AsyncDisposable>;
}

/** Reads what `--cache-from` names. */
export type CacheImporter = (
  request: ImportRequest,
  options: CallOptions,
) => Promise<ImportedCache>;

export interface BuildsDependencies {
  readonly state: State;
  readonly logger: Logger;
  /** <data-root>/builds */
  readonly root: string;
  readonly trees: TreePort;
  readonly sources: SourcePort;
  readonly agents: AgentSocketPort;
  readonly baseImages: BaseImages;
  /** Called once. */
  readonly executors: (tools: OpTools) => OpExecutors;
  /** Called once. */
  readonly outputs: (tools: OpTools) => Outputs;
  /** Called once; without it `--cache-from` is left out with a warning. */
  readonly importCache?: (tools: OpTools) => CacheImporter;
  readonly steps: Pick<StepRunner, 'adopt'>;
  readonly layers: Pick<Layers, 'find' | 'directories'>;
  readonly claims: Pick<Claims, 'openOnce'>;
  readonly images: Pick<ImageManager, 'collect'> & {
    readonly context: Pick<ImageManager['context'], 'records' | 'documents'>;
  };
  readonly files: Pick<UnpackPort, 'removeTree'>;
  readonly pack: Pick<PackPort, 'identify' | 'compareTrees'>;
  readonly fileAccess: Pick<FilePort, 'packRoot' | 'unpackInto'>;
  readonly buildPlatform: Platform;
  /** What callers may ask for; others are permission-denied. */
  readonly entitlements: readonly Entitlement[];
  readonly policy: BuildGcPolicy;
  readonly now?: () => number;
  /** After a build, before the cache is looked at; ms. */
  readonly settleMs?: number;
}
