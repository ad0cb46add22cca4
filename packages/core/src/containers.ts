import type { CallOptions, Filters } from './call.js';
import type { ContainerId, ContainerName } from './ids.js';
import type { MountOwner, ContainerSpec, Healthcheck } from './container-spec.js';
import type { ContainerState } from './container-state.js';
import type { CommitOptions, CopiedPath, CopyInOptions, PathStat } from './container-files.js';
import type { NetworkEndpoint, PublishedPort } from './networks.js';
import type { FileChange } from './image-work.js';
import type { AttachRequest, AttachSession, LogChunk, LogQuery } from './streams.js';

/** A container's record: config fixed at create, and the state that was last observed. */
export interface Container {
  readonly id: ContainerId;
  readonly name: ContainerName;
  readonly createdAt: Date;
  readonly spec: ContainerSpec;
  readonly resolved: ResolvedConfig;
  readonly state: ContainerState;
  readonly restartCount: number;
  readonly networks: readonly NetworkEndpoint[];
  /** Bound ones, then those that are only exposed. */
  readonly ports: readonly PublishedPort[];
  /** Path of its network namespace while it runs; '' when it has none of its own. */
  readonly sandboxKey: string;
  /** What of /proc and /sys it does not see, or cannot write. */
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly execIds: readonly string[];
  readonly sizeRw?: number;
  readonly sizeRootFs?: number;
}

/** What create made of the spec and the image: everything that a start needs, never to change again. */
export interface ResolvedConfig {
  /** Digest of the image's config. */
  readonly imageId: string;
  readonly imageManifest: string;
  readonly platform: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** KEY=VALUE, the image's first, the spec's merged in. */
  readonly env: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly hostname: string;
  readonly stopSignal: string;
  readonly healthcheck?: Healthcheck;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: string;
  readonly logPath: string;
  readonly upperDir: string;
  readonly mounts: readonly ContainerMount[];
  readonly networkMode: string;
  /** PORT[-PORT]/PROTOCOL of the image. */
  readonly exposedPorts?: readonly string[];
}

export interface ContainerMount {
  readonly kind: 'bind' | 'volume' | 'tmpfs' | 'image';
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly driver: string;
  readonly mode: string;
  readonly readWrite: boolean;
  readonly propagation: string;
  /** Of the daemon's own records, and not sent. */
  readonly detail?: MountDetail;
}

/** How a mount is made, besides what inspect shows of it. */
export interface MountDetail {
  /** Not filled with what the image has there. */
  readonly noCopy?: boolean;
  /** The volume has the owner and mode that it was made with, whatever the image says. */
  readonly keepOwner?: boolean;
  readonly subpath?: string;
  readonly owner?: MountOwner;
  /** Without what is mounted below the source. */
  readonly nonRecursive?: boolean;
  /** Digest of the manifest of an image. */
  readonly manifest?: string;
}

export interface CreatedContainer {
  readonly id: ContainerId;
  readonly name: ContainerName;
  readonly warnings: readonly string[];
}

export interface StopOptions extends CallOptions {
  /** Seconds of grace; -1 waits for ever; absent: the container's own. */
  readonly timeoutSeconds?: number;
  readonly stopSignal?: string;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export interface WaitResult {
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
}

export interface TopResult {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

export interface ContainerStats {
  readonly id: ContainerId;
  readonly name: ContainerName;
  readonly time: Date;
  readonly cpuUsageNanos: bigint;
  readonly systemCpuNanos: bigint;
  readonly onlineCpus: number;
  readonly memoryUsage: bigint;
  readonly memoryLimit: bigint;
  readonly pids: bigint;
  readonly blockRead: bigint;
  readonly blockWrite: bigint;
  readonly networkReceive: bigint;
  readonly networkTransmit: bigint;
}

export interface ListOptions extends CallOptions {
  /** Also those that do not run. */
  readonly all?: boolean;
  /** The newest n in whatever state; 0 is no limit. */
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: Filters;
}

/**
 * The containers of one daemon. `ref` is a full id, a name, or an unambiguous prefix of an id; what names nothing
 * throws not-found, a prefix of several invalid-argument. All calls are safe to repeat and to make at the same time;
 * those that concern one container are done one after the other.
 */
export interface Containers {
  /** Resolves the image (not-found if it is absent: the caller pulls), prepares the writable layer, records. already-exists when the name is taken. */
  create(spec: ContainerSpec, options: CallOptions): Promise<CreatedContainer>;
  /** Resolves once the process runs. On failure the state says why and the exit code is 126, 127 or 128 as a shell would give. A running container stays as it is. */
  start(ref: string, options: CallOptions): Promise<ContainerId>;
  /** Resolves once it has ended. A stopped container stays as it is. */
  stop(ref: string, options: StopOptions): Promise<ContainerId>;
  restart(ref: string, options: StopOptions): Promise<ContainerId>;
  /** failed-precondition unless it runs. */
  kill(ref: string, signal: string, options: CallOptions): Promise<ContainerId>;
  pause(ref: string, options: CallOptions): Promise<ContainerId>;
  unpause(ref: string, options: CallOptions): Promise<ContainerId>;
  rename(ref: string, name: string, options: CallOptions): Promise<ContainerId>;
  /** failed-precondition for a running one without `force`. Nothing of it is left in the kernel afterwards. */
  remove(
    ref: string,
    options: CallOptions & { readonly force?: boolean; readonly volumes?: boolean },
  ): Promise<ContainerId>;
  wait(ref: string, condition: WaitCondition, options: CallOptions): Promise<WaitResult>;
  get(ref: string, options: CallOptions & { readonly size?: boolean }): Promise<Container>;
  list(options: ListOptions): Promise<readonly Container[]>;
  top(ref: string, psArgs: readonly string[], options: CallOptions): Promise<TopResult>;
  resize(ref: string, rows: number, columns: number, options: CallOptions): Promise<void>;
  /** Batches of records, oldest first; ends with the container when following. */
  logs(ref: string, query: LogQuery, options: CallOptions): AsyncIterable<LogChunk>;
  /** One sample a second of the named (or all running) containers; a single one with `once`. */
  stats(
    refs: readonly string[],
    options: CallOptions & { readonly once?: boolean },
  ): AsyncIterable<readonly ContainerStats[]>;
  /** Registered when it resolves: nothing that the container writes afterwards is lost. */
  attach(ref: string, request: AttachRequest, options: CallOptions): Promise<AttachSession>;
  /** Makes an image of what the container changed on top of its image. Volumes are not part of it. */
  commit(ref: string, options: CommitOptions): Promise<{ readonly imageId: string }>;
  /** What differs from the image, sorted by path. */
  changes(ref: string, options: CallOptions): Promise<readonly FileChange[]>;
  /** Tar of the whole root filesystem without volumes. */
  exportFiles(ref: string, options: CallOptions): AsyncIterable<Uint8Array>;
  /** Paths are looked up inside the container's root, volumes included, whether it runs or not (R1). */
  statPath(ref: string, path: string, options: CallOptions): Promise<PathStat>;
  copyOut(
    ref: string,
    path: string,
    options: CallOptions & { readonly followLink?: boolean },
  ): Promise<CopiedPath>;
  /** Unpacks an archive (plain or compressed) into a directory that exists. */
  copyIn(
    ref: string,
    path: string,
    archive: AsyncIterable<Uint8Array>,
    options: CopyInOptions,
  ): Promise<void>;
}
