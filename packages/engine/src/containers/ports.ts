import type {
  CallOptions,
  ContainerId,
  Degradation,
  OutputChunk,
  ProcessIdentity,
  RestartPolicy,
  RuntimeInfo,
  StreamSelection,
  StreamSession,
} from '@wharf/core';

/** A mounted stack: what the container sees as its root. Paths are the daemon's own. */
export interface RootfsSpec {
  /** Topmost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

export interface TaskLog {
  /** '' keeps no log. */
  readonly path: string;
  /** Bytes of one file; 0 never rotates. */
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly compress: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TaskHealth {
  /** The command run inside the container; empty: no probes. */
  readonly args: readonly string[];
  readonly intervalNanos: bigint;
  readonly timeoutNanos: bigint;
  readonly startPeriodNanos: bigint;
  readonly startIntervalNanos: bigint;
  readonly retries: number;
}

/** Something that is made ready in the shim's own mount namespace; the runtime then binds `target`. */
export interface PreparedMount {
  /** Where the container sees it. */
  readonly destination: string;
  /** Directory of a volume, or the source of a bind; '' for an image. */
  readonly source: string;
  /** Of an image: its layers, topmost first; they are mounted read-only unless there is `scratch`. */
  readonly lower: readonly string[];
  /** Where the changes go: empty directories of ours, on one file system. */
  readonly scratch?: { readonly upper: string; readonly work: string };
  /** Instead of a source: a file that is in memory alone. */
  readonly memory?: {
    readonly content: Uint8Array;
    readonly uid: number;
    readonly gid: number;
    readonly mode: number;
  };
  /** Relative; found beneath the source without following links. '' is all of it. */
  readonly subpath: string;
  /** A place in the bundle. */
  readonly target: string;
  /** With what is mounted below the source. */
  readonly recursive: boolean;
  /** The container's user becomes the owner of all of it. */
  readonly chown: boolean;
  /** uids=HOST-CONTAINER-LENGTH[#...];gids=...; '' maps nothing. */
  readonly idmap: string;
}

/** An absolute path inside the root, to create if missing. */
export interface EnsuredPath {
  readonly path: string;
  readonly directory: boolean;
  /** `target` of a prepared mount, which decides instead of `directory` what is created. */
  readonly like?: string;
}

/** What of the ensured paths was missing; each says for which of them, from 0, it was made. */
export interface CreatedTask {
  readonly made: readonly { readonly path: string; readonly ensure: number }[];
}

/** All that a shim needs to run one container on its own, for as long as the daemon is away. */
export interface TaskSpec {
  readonly id: ContainerId;
  /** Directory of the bundle and the shim's socket, 0700, below the exec root. */
  readonly bundle: string;
  /** OCI runtime configuration, JSON; process.user is completed by the shim from `user`. */
  readonly config: string;
  /** What exec and health processes inherit (capabilities, no_new_privs, rlimits ...), JSON of the `process` object. */
  readonly execProcess: string;
  readonly rootfs: RootfsSpec;
  /** Name of a runtime that `RuntimePort.list` knows. */
  readonly runtime: string;
  readonly terminal: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  readonly log: TaskLog;
  readonly restart: RestartPolicy;
  readonly restartCount: number;
  readonly health: TaskHealth;
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
  readonly user: string;
  readonly groupAdd: readonly string[];
  /** The working directory and mount points. */
  readonly ensure: readonly EnsuredPath[];
  /** Directories of volumes that get the image's content at `path` while they are empty. */
  readonly seeds: readonly {
    readonly path: string;
    readonly directory: string;
    /** The top directory has the owner and mode that it was made with. */
    readonly keepOwner: boolean;
  }[];
  readonly prepared: readonly PreparedMount[];
  readonly journalPath: string;
  /**
   * It is of no worth after an unclean end of the machine: nothing waits for the disk, neither a call of its processes nor the end of
   * its mounts. The work directory of its root serves no other mount after it.
   */
  readonly unsynced?: boolean;
  /** Its configurations are written to no disk, as their environment may have secrets (R20). */
  readonly configurationsInMemory?: boolean;
  /** Path inside the cgroup hierarchies. */
  readonly cgroupPath: string;
}

export type TaskStatus = 'created' | 'running' | 'paused' | 'restarting' | 'stopped';

export interface TaskState {
  readonly status: TaskStatus;
  readonly shim: ProcessIdentity;
  /** Present while a process runs. */
  readonly process?: ProcessIdentity;
  readonly startedAt?: Date;
  readonly lastSequence: bigint;
  readonly restartCount: number;
}

/** One entry of the shim's durable journal (see proto/wharf/shim/v1). */
export interface JournalEntry {
  readonly sequence: bigint;
  readonly time: Date;
  readonly what:
    | { readonly kind: 'started'; readonly process: ProcessIdentity; readonly restartCount: number }
    | {
        readonly kind: 'exited';
        readonly exitCode: number;
        readonly oomKilled: boolean;
        readonly error: string;
        /** Absent: it has ended for good. */
        readonly restartDelayMs?: number;
      }
    | {
        readonly kind: 'health';
        readonly status: 'starting' | 'healthy' | 'unhealthy';
        readonly failingStreak: number;
        readonly start: Date;
        readonly end: Date;
        readonly exitCode: number;
        readonly output: string;
      }
    | { readonly kind: 'oom' }
    | { readonly kind: 'exec-exited'; readonly execId: string; readonly exitCode: number };
}

export interface TaskExec {
  readonly execId: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user: string;
  readonly workdir: string;
  readonly terminal: boolean;
  readonly openStdin: boolean;
  readonly privileged: boolean;
  /** Keep the output for the attach that follows. */
  readonly attach: boolean;
  readonly size?: { readonly rows: number; readonly columns: number };
}

export interface TaskStreams extends StreamSession {
  /** For an exec process, known once the streams have ended. */
  readonly exitCode: Promise<number | undefined>;
  readonly output: AsyncIterable<OutputChunk>;
}

export interface TaskStats {
  readonly cpuUsageNanos: bigint;
  readonly memoryUsage: bigint;
  readonly memoryLimit: bigint;
  readonly pids: bigint;
  readonly blockRead: bigint;
  readonly blockWrite: bigint;
  readonly networkReceive: bigint;
  readonly networkTransmit: bigint;
}

/** The daemon's end of one shim. Every call rejects with `unavailable` once the shim is gone. */
export interface Task {
  readonly shim: ProcessIdentity;
  /** Resolves when the connection ended; says whether the shim process is proved dead. */
  readonly closed: Promise<{ readonly shimDead: boolean }>;
  create(spec: TaskSpec, options: CallOptions): Promise<CreatedTask>;
  /** A command that cannot be executed throws with facts.exitCode 126 or 127. */
  start(
    options: CallOptions,
  ): Promise<{ readonly process: ProcessIdentity; readonly startedAt: Date }>;
  /** Resolves when it has ended. */
  stop(
    options: CallOptions & { readonly stopSignal?: string; readonly timeoutSeconds?: number },
  ): Promise<void>;
  kill(
    signal: number,
    options: CallOptions & { readonly execId?: string; readonly all?: boolean },
  ): Promise<void>;
  pause(options: CallOptions): Promise<void>;
  resume(options: CallOptions): Promise<void>;
  state(options: CallOptions): Promise<TaskState>;
  pids(options: CallOptions): Promise<readonly number[]>;
  exec(exec: TaskExec, options: CallOptions): Promise<{ readonly pid: number }>;
  /** Registered when it resolves. `execId` '' is the first process. */
  attach(execId: string, streams: StreamSelection, options: CallOptions): Promise<TaskStreams>;
  resize(execId: string, rows: number, columns: number, options: CallOptions): Promise<void>;
  stats(options: CallOptions): Promise<TaskStats>;
  watch(afterSequence: bigint, options: CallOptions): AsyncIterable<JournalEntry>;
  /** Ends what is left (runtime state, cgroup, mounts) and then the shim itself. Idempotent. */
  remove(options: CallOptions): Promise<void>;
  /** Drops the connection; the shim stays. */
  disconnect(): void;
}

export type ConnectResult =
  | { readonly kind: 'connected'; readonly task: Task; readonly state: TaskState }
  /** Proved: no process has that identity, or none listens. */
  | { readonly kind: 'gone' }
  /** Lives but does not answer in time: unknown is not dead. */
  | { readonly kind: 'silent' };

export interface TaskPort {
  /** A hint, for what takes a while and can begin early: a container has come and will probably be started at once. */
  startIsNear?(): void;
  /** Starts a shim for the bundle (which exists and is empty) and connects. Undo: `cleanUp`. */
  spawn(id: ContainerId, bundle: string, options: CallOptions): Promise<Task>;
  /** `shim` is its recorded identity, if one was recorded. */
  connect(
    id: ContainerId,
    bundle: string,
    shim: ProcessIdentity | undefined,
    options: CallOptions,
  ): Promise<ConnectResult>;
  /** The journal of a container whose shim is gone; [] when there is none. Torn last lines are ignored. */
  readJournal(path: string, afterSequence: bigint): Promise<readonly JournalEntry[]>;
  /** Without a shim: kills what is left in the cgroup, removes cgroup, runtime state, mounts and the bundle. Idempotent. */
  cleanUp(
    id: ContainerId,
    options: CallOptions & {
      /** One that lives and does not answer is killed first, and its mounts go with it. */
      readonly shim?: ProcessIdentity;
      readonly bundle: string;
      readonly cgroupPath: string;
      readonly runtime: string;
    },
  ): Promise<void>;
  /** True if a process with that very identity exists. */
  isAlive(identity: ProcessIdentity): boolean;
}

/** Facts of the host that a runtime configuration depends on; read once at start. */
export interface HostFacts {
  readonly bootId: string;
  readonly cgroupVersion: 1 | 2;
  /** v1 hierarchies or v2 controllers that exist. */
  readonly controllers: readonly string[];
  readonly appArmor: boolean;
  readonly seccomp: boolean;
  readonly swapAccounting: boolean;
  readonly kernelVersion: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly cpus: number;
  /** CPUs and memory nodes that a container may be bound to, as cpuset lists: `0-3`. '' where unknown. */
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly memory: number;
  /** What the daemon itself has and so may give away: its bounding set, `CAP_CHOWN` ... */
  readonly capabilities: readonly string[];
  /** The daemon's own hard RLIMIT values by ulimit name (`nofile`), -1 is unlimited; a container may not ask for more without CAP_SYS_RESOURCE. */
  readonly hardLimits: Readonly<Record<string, bigint>>;
  readonly canRaiseLimits: boolean;
  readonly hostname: string;
  readonly degraded: readonly Degradation[];
}

export interface DeviceNode {
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface HostPort {
  readonly facts: HostFacts;
  /** invalid-argument when it is not a device node. */
  deviceNode(hostPath: string): Promise<DeviceNode>;
  /** All device nodes below a directory of /dev, for --privileged and --device DIR. */
  listDevices(
    directory: string,
  ): Promise<readonly { readonly path: string; readonly node: DeviceNode }[]>;
  /** not-found with the -v/--mount wording unless it exists; creates a directory when asked to. */
  ensureBindSource(path: string, create: boolean): Promise<'directory' | 'file'>;
  /** A tmpfs of ours for the containers that share one /dev/shm; `bytes` is its size. Mounted already is fine. */
  mountSharedMemory(path: string, bytes: bigint): Promise<void>;
  /** Idempotent; the directory goes as well. */
  unmountSharedMemory(path: string): Promise<void>;
  processTable(
    pids: readonly number[],
    psArgs: readonly string[],
    options: CallOptions,
  ): Promise<{
    readonly titles: readonly string[];
    readonly processes: readonly (readonly string[])[];
  }>;
}

export interface RuntimePort {
  /** Found and probed at start; the default first. */
  readonly runtimes: readonly RuntimeInfo[];
  /** invalid-argument for an unknown name; '' is the default. */
  resolve(name: string): RuntimeInfo;
  /** Whether the runtime takes a ready-made filter in the annotation run.oci.seccomp_bpf_data. */
  takesCompiledSeccomp(name: string): boolean;
  /** Whether the runtime, on this kernel, knows recursive read-only binds (`rro`) and time namespaces (`time`). */
  supports(name: string, feature: 'rro' | 'time'): boolean;
}

export interface SeccompPort {
  /** The annotation value (base64 of the BPF program) for a profile in force with these capabilities; compiled once, cached by hash. `profile` '' is the default one, else JSON text. */
  compiled(profile: string, capabilities: readonly string[], options: CallOptions): Promise<string>;
  /** The same as linux.seccomp of the runtime specification, for runtimes that compile by themselves. */
  specification(profile: string, capabilities: readonly string[]): unknown;
}
