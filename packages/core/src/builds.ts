import type { CallOptions, Filters } from './call.js';
import type { TransferCredentials } from './image-work.js';
import type { ExecSession } from './processes.js';

/** Where the files of a build come from. */
export type BuildSource =
  /** A tree that `syncTree` has put here; held for ten minutes, then as long as a build uses it. */
  | { readonly kind: 'tree'; readonly digest: string }
  /** One that `importArchive` has put here, whose ignore file the build applies. */
  | { readonly kind: 'archive'; readonly digest: string }
  /** `https://HOST/REPO.git#REF:DIRECTORY`, as ADD has it; the daemon fetches it. */
  | { readonly kind: 'git'; readonly url: string }
  /** An archive, or a text that is the Dockerfile; the daemon fetches it. */
  | { readonly kind: 'http'; readonly url: string }
  /** Only for named contexts. */
  | { readonly kind: 'image'; readonly reference: string }
  /** Only for named contexts: an image in an OCI layout that `syncTree` has put here, `:TAG`, `@DIGEST` or empty. */
  | { readonly kind: 'oci-layout'; readonly digest: string; readonly reference: string }
  /** Only for named contexts. */
  | { readonly kind: 'stage'; readonly stage: string };

/** No part of any cache key, record, event or log. */
export interface BuildSecret {
  readonly id: string;
  readonly value: Uint8Array;
}

export type BuildOutput =
  /** Into the store of the daemon; with `push` to the registry of its names too. */
  | {
      readonly kind: 'image';
      readonly names: readonly string[];
      readonly push: boolean;
      /** Kept here; false pushes only. */
      readonly store: boolean;
      readonly compression: 'none' | 'gzip' | 'zstd';
      readonly forceCompression: boolean;
    }
  /** Archives and trees come back as bytes of `output` frames: a tar in all cases, of an OCI layout, of a docker-archive, or of the files. */
  | {
      readonly kind: 'oci' | 'docker';
      readonly names: readonly string[];
      readonly compression: 'none' | 'gzip' | 'zstd';
    }
  | { readonly kind: 'files' };

/** Of the manifest of a cache, and of its entry in the index of a directory. */
export const buildCacheType = 'application/vnd.wharf.buildcache.v1';

/** `--cache-from` and `--cache-to`; local directories are archives that come and go as bytes. */
export type BuildCacheStore =
  | {
      readonly kind: 'registry';
      readonly reference: string;
      readonly mode: 'min' | 'max';
      /** To: the build goes on without it. */
      readonly ignoreError: boolean;
    }
  | { readonly kind: 'inline' }
  /** From: an imported tree with an OCI layout. To: an `output` frame with a tar of one. */
  | {
      readonly kind: 'local';
      readonly digest: string;
      readonly mode: 'min' | 'max';
      readonly ignoreError: boolean;
    };

/** Limits and surroundings of every RUN, as the flags of `run` have them. */
export interface BuildResources {
  /** A network of the daemon, `default`, `none` or `host` (which needs an entitlement). */
  readonly network: string;
  /** `HOST:IP`; host-gateway is an address. */
  readonly extraHosts: readonly string[];
  readonly ulimits: readonly {
    readonly name: string;
    readonly soft: bigint;
    readonly hard: bigint;
  }[];
  /** Bytes; 0 is the default. */
  readonly shmSize: bigint;
  /** Bytes; 0 is no limit. */
  readonly memory: bigint;
  readonly memorySwap: bigint;
  /** Billionths of a CPU; 0 is no limit. */
  readonly nanoCpus: bigint;
  readonly cpuShares: bigint;
  readonly cpusetCpus: string;
  readonly cgroupParent: string;
  readonly dns: readonly string[];
}

export type Entitlement = 'network.host' | 'security.insecure' | 'device';

export interface BuildSpec {
  /** The build context; an empty tree when absent. */
  readonly context?: BuildSource;
  readonly namedContexts: ReadonlyMap<string, BuildSource>;
  /** Path in the context; Dockerfile when empty. */
  readonly dockerfilePath: string;
  /** The text itself, when it is not in the context. */
  readonly dockerfile?: string;
  /** Empty is the last stage. */
  readonly target: string;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  /** `[manifest:|index:]KEY` to value. */
  readonly annotations: ReadonlyMap<string, string>;
  /** `os/architecture[/variant]`; several make an index. */
  readonly platforms: readonly string[];
  readonly outputs: readonly BuildOutput[];
  readonly noCache: boolean;
  /** Names of stages whose steps are executed anew. */
  readonly noCacheStages: readonly string[];
  /** Base images are asked for at their registries even if they are here. */
  readonly pull: boolean;
  readonly secrets: readonly BuildSecret[];
  /** Agents that `BuildOptions.agent` can reach. */
  readonly sshAgents: readonly string[];
  readonly cacheFrom: readonly BuildCacheStore[];
  readonly cacheTo: readonly BuildCacheStore[];
  readonly entitlements: readonly Entitlement[];
  readonly resources: BuildResources;
  /** Seconds since 1970: no file of a new layer is younger, and the image says it was created then. */
  readonly sourceDateEpoch?: bigint;
  /** What the context says of itself (the time of its git commit), for the time of creation when there is no epoch. */
  readonly createdAt?: Date;
  readonly provenance: 'none' | 'min' | 'max';
  readonly sbom: boolean;
  /** The text of Dockerfile.lock: names that it has are taken as it says; with `locked` others are refused, and those that have moved. */
  readonly lock?: string;
  readonly locked: boolean;
  /** Each step that is executed says why. */
  readonly explain: boolean;
  /** Built a second time under another clock, host name, order and parallelism, and compared. */
  readonly verify: boolean;
  /** A failed step is kept for `debug` for ten minutes. */
  readonly keepFailed: boolean;
  /** Steps at a time; 0 is the daemon's choice. */
  readonly parallelism: number;
  readonly credentials: TransferCredentials;
  /** For people: the absolute path of a directory, a URL, or `-`; by it a step is found again when its cache miss is explained. */
  readonly contextName: string;
}

/** Why a step was executed. */
export interface CacheMiss {
  readonly reason:
    /** Nothing like it was ever executed here. */
    | 'first'
    /** An input is other than before. */
    | 'changed'
    /** --no-cache and --no-cache-filter */
    | 'asked'
    /** The result was collected. */
    | 'collected';
  /** The first inputs that differ, most telling first; for `changed`. */
  readonly changes: readonly InputChange[];
}

/** An input of a cache key that is not what it was in the nearest record. */
export interface InputChange {
  /** What it is: command, argument, environment, file, base, mount, workdir, user, network, platform, owner, mode, epoch … */
  readonly kind: string;
  /** Which of them: a variable, a path; empty where there is only one. */
  readonly name: string;
  /** Absent where there was none. */
  readonly before?: string;
  readonly after?: string;
  /** For people, on one line. */
  readonly text: string;
}

export interface BuildStep {
  /** In this build. */
  readonly id: number;
  /** `[stage 2/5] RUN make`, or `[internal] load build context`. */
  readonly name: string;
  /** Empty for what is not of a stage. */
  readonly stage: string;
  readonly platform: string;
  readonly inputs: readonly number[];
}

export type StepState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'running'; readonly startedAt: Date }
  | {
      readonly kind: 'done';
      readonly startedAt: Date;
      readonly finishedAt: Date;
      readonly cached: boolean;
      readonly miss?: CacheMiss;
    }
  | {
      readonly kind: 'failed';
      readonly startedAt: Date;
      readonly finishedAt: Date;
      readonly error: string;
    }
  /** Not needed after all, or stopped with the build. */
  | { readonly kind: 'cancelled' };

/** Lines of a Dockerfile, for messages about them. */
export interface BuildPlace {
  readonly file: string;
  /** From 1; both inclusive. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** The lines themselves with some around them, numbered. */
  readonly excerpt: string;
}

export interface BuildWarning {
  /** Name of the check, empty if it is none. */
  readonly rule: string;
  readonly message: string;
  readonly detail: string;
  readonly url: string;
  readonly place?: BuildPlace;
}

export interface BuiltImage {
  /** Of the manifest, or of the index of several. */
  readonly digest: string;
  /** Of the config; empty for several platforms. */
  readonly imageId: string;
  readonly names: readonly string[];
}

export interface BuildResult {
  readonly buildId: string;
  readonly image?: BuiltImage;
  /** Of a Dockerfile.lock that pins what this build has used. */
  readonly lock: string;
  readonly cachedSteps: number;
  readonly executedSteps: number;
  /** Of `--metadata-file`: provenance, descriptors; JSON. */
  readonly metadata: string;
}

export type BuildFrame =
  | { readonly kind: 'started'; readonly buildId: string }
  | { readonly kind: 'step'; readonly step: BuildStep }
  | { readonly kind: 'state'; readonly stepId: number; readonly state: StepState }
  /** Of a running step. */
  | {
      readonly kind: 'log';
      readonly stepId: number;
      readonly stream: 'stdout' | 'stderr';
      readonly data: Uint8Array;
      readonly at: Date;
    }
  /** Of a running step: bytes or pieces of something; total 0 is not known. */
  | {
      readonly kind: 'progress';
      readonly stepId: number;
      readonly name: string;
      readonly current: number;
      readonly total: number;
      readonly unit: 'bytes' | 'pieces';
    }
  | { readonly kind: 'warning'; readonly warning: BuildWarning }
  /** Of `outputs[index]`, and after those of `cacheTo`; the last one of each has no data. */
  | {
      readonly kind: 'output';
      readonly index: number;
      readonly data: Uint8Array;
      readonly last: boolean;
    }
  /** What `verify` found, for people: the first step that differs, a path and what of it does. Empty when both are the same. */
  | { readonly kind: 'verified'; readonly same: boolean; readonly differences: readonly string[] }
  | { readonly kind: 'done'; readonly result: BuildResult };

/** A connection to an agent of the caller, for `RUN --mount=type=ssh`. */
export interface AgentConnection {
  readonly output: AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface BuildOptions extends CallOptions {
  /** not-found for an id that the caller does not have. */
  readonly agent?: (id: string) => Promise<AgentConnection>;
}

/** The pieces of a tree, asked for by digest. */
export interface TreeSource {
  /** Each document and content whole, in the order asked for, in chunks; `last` ends one. */
  read(digests: readonly string[]): AsyncIterable<TreeChunk>;
}

export interface TreeChunk {
  readonly digest: string;
  /** Valid until the next chunk is asked for. */
  readonly data: Uint8Array;
  readonly last: boolean;
}

export interface SyncedTree {
  /** What had to come. */
  readonly receivedBytes: number;
  readonly receivedPieces: number;
}

export interface ImportedArchive {
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

/** `--call`: what is asked about a Dockerfile instead of building it. */
export type BuildQuestion = 'check' | 'outline' | 'targets';

export interface BuildAnswer {
  /** For people, with a line feed at its end. */
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  /** Of the command: 1 when checks found something. */
  readonly exitCode: number;
}

export interface BuildRecord {
  readonly id: string;
  /** `BuildSpec.contextName` */
  readonly name: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled';
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly error: string;
  readonly image?: BuiltImage;
  readonly target: string;
  readonly platforms: readonly string[];
  readonly steps: readonly RecordedStep[];
}

export interface RecordedStep extends BuildStep {
  /** As it ended. */
  readonly state: StepState;
  /** SHA-256 of its cache key; empty for what has none. */
  readonly cacheKey: string;
}

/** A result that can be used again. */
export interface CacheRecord {
  readonly id: string;
  readonly kind: 'layer' | 'tree' | 'cache-mount' | 'image' | 'git';
  readonly description: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly uses: number;
  /** Bytes. */
  readonly size: number;
  /** A build uses it now. */
  readonly inUse: boolean;
  /** An image has it too: removing it gives no room. */
  readonly shared: boolean;
}

export interface PruneCacheOptions extends CallOptions {
  /** Also cache mounts, and what images have too. */
  readonly all?: boolean;
  /** until, id, type, description, inuse, shared. */
  readonly filters?: Filters;
  /** Bytes that stay at least. */
  readonly reservedSpace?: bigint;
  /** Bytes that stay at most. */
  readonly maxUsedSpace?: bigint;
  /** Bytes of the disk that are to be free. */
  readonly minFreeSpace?: bigint;
}

export interface PrunedCache {
  readonly removed: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** The value of one input of a cache key, as it was recorded. */
export interface CacheInput {
  readonly kind: string;
  readonly name: string;
  readonly value: string;
}

export interface StepExplanation {
  readonly step: RecordedStep;
  readonly inputs: readonly CacheInput[];
  readonly miss?: CacheMiss;
}

export interface CacheMount {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** Bytes. */
  readonly size: number;
  readonly inUse: boolean;
}

/** The builder of one daemon. Builds may run side by side; equal work at the same time is done once. */
export interface Builds {
  /** Makes a tree be here: `source` is asked for what is not here yet. invalid-argument for bytes that are not what their digest says. */
  syncTree(digest: string, source: TreeSource, options: CallOptions): Promise<SyncedTree>;
  /** A tar (plain, gzip, zstd, bzip2, xz) as a tree; owners and times of it are left out. */
  importArchive(archive: AsyncIterable<Uint8Array>, options: CallOptions): Promise<ImportedArchive>;
  /** Ends with `done`. A failed step throws with facts.step, facts.exitCode and facts.excerpt; all that runs is stopped then. */
  build(spec: BuildSpec, options: BuildOptions): AsyncIterable<BuildFrame>;
  ask(spec: BuildSpec, question: BuildQuestion, options: CallOptions): Promise<BuildAnswer>;
  /** Newest first. */
  list(options: CallOptions & { readonly filters?: Filters }): Promise<readonly BuildRecord[]>;
  /** By id, an unambiguous beginning, or `latest`. */
  get(ref: string, options: CallOptions): Promise<BuildRecord>;
  /** What its steps have written, as frames of kind step, state, log and warning. */
  logs(ref: string, options: CallOptions): AsyncIterable<BuildFrame>;
  remove(ref: string, options: CallOptions): Promise<void>;
  /** A step is given by its number or by the beginning of its name; all that were executed when empty. */
  explain(ref: string, step: string, options: CallOptions): Promise<readonly StepExplanation[]>;
  cache(options: CallOptions & { readonly filters?: Filters }): Promise<readonly CacheRecord[]>;
  prune(options: PruneCacheOptions): Promise<PrunedCache>;
  cacheMounts(options: CallOptions): Promise<readonly CacheMount[]>;
  /** Its content as a tar. */
  exportCacheMount(id: string, options: CallOptions): AsyncIterable<Uint8Array>;
  /** Replaces its content. failed-precondition while a step uses it. */
  importCacheMount(
    id: string,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void>;
  /** A process in the surroundings of a step that failed with `keepFailed`; with a terminal. */
  debug(
    ref: string,
    request: { readonly args: readonly string[]; readonly rows: number; readonly columns: number },
    options: CallOptions,
  ): Promise<ExecSession>;
}
