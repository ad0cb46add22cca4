import { noNetworking, type NetworkingSpec } from './networks.js';

/** What a caller asks for; fixed once the container exists. Absent fields take the image's or the daemon's default. */
export interface ContainerSpec {
  readonly name?: string;
  readonly image: string;
  readonly platform?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env: readonly string[];
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly workdir?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly terminal: boolean;
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly stopTimeoutSeconds?: number;
  readonly healthcheck?: Healthcheck;
  readonly init?: boolean;
  readonly restart: RestartPolicy;
  readonly autoRemove: boolean;
  readonly runtime?: string;
  readonly mounts: readonly MountSpec[];
  readonly readOnlyRootfs: boolean;
  readonly namespaces: NamespaceModes;
  readonly security: SecuritySpec;
  readonly devices: readonly DeviceSpec[];
  readonly resources: Resources;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly log: LogConfig;
  readonly networking: NetworkingSpec;
  /** CONTAINER[:ro|rw]: its volumes and binds at the same targets. */
  readonly volumesFrom: readonly string[];
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
}

/** Durations are nanoseconds; 0 inherits the image's, then Docker's default. */
export interface Healthcheck {
  /** ["NONE"] | ["CMD", arg...] | ["CMD-SHELL", line]; empty inherits. */
  readonly test: readonly string[];
  readonly intervalNanos: bigint;
  readonly timeoutNanos: bigint;
  readonly startPeriodNanos: bigint;
  readonly startIntervalNanos: bigint;
  readonly retries: number;
}

export type RestartKind = 'no' | 'on-failure' | 'always' | 'unless-stopped';

export interface RestartPolicy {
  readonly kind: RestartKind;
  /** For on-failure; 0 is without limit. */
  readonly maximumRetryCount: number;
}

export interface MountSpec {
  readonly kind: 'bind' | 'volume' | 'tmpfs' | 'image';
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** rprivate, private, rshared, shared, rslave, slave; absent is rprivate. */
  readonly propagation?: string;
  readonly createSource: boolean;
  readonly nonRecursive: boolean;
  /** Bytes; 0 is the kernel's default. */
  readonly tmpfsSize: bigint;
  /** Permission bits; 0 is 01777. */
  readonly tmpfsMode: number;
  readonly tmpfsOptions: readonly string[];
  readonly volume?: VolumeMountOptions;
  /** Of volumes and images: a path inside that is mounted instead of all of it. */
  readonly subpath?: string;
  /** Of binds that are read-only: how mounts below become so. Absent: as far as the kernel can. */
  readonly recursiveReadOnly?: 'disabled' | 'writable' | 'force';
  /** Of binds and volumes: paths inside, relative, that the container sees as empty directories of its own. */
  readonly exclude?: readonly string[];
  readonly owner?: MountOwner;
}

/** What a volume is made with if it is not there yet. */
export interface VolumeMountOptions {
  /** Do not fill it with what the image has at the target. */
  readonly noCopy: boolean;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Who owns what is mounted, as the container sees it. */
export interface MountOwner {
  /** :U, the container's user becomes the owner of all files, on disk. */
  readonly chown: boolean;
  /** Of the top directory, when Wharf makes it. */
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
  /** uids=HOST-CONTAINER-LENGTH;gids=...: an idmapped mount, nothing changes on disk. */
  readonly idmap?: string;
}

/** Empty strings are the defaults (private; for network the daemon's default). `network` is none, host, container:REF or a network. */
export interface NamespaceModes {
  readonly network: string;
  readonly pid: string;
  readonly ipc: string;
  readonly uts: string;
  readonly cgroup: string;
}

export interface SecuritySpec {
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  /** '' is the default profile, 'unconfined', or the JSON text of a profile. */
  readonly seccomp: string;
  readonly noNewPrivileges: boolean;
  readonly systemPathsUnconfined: boolean;
}

export interface DeviceSpec {
  readonly hostPath: string;
  readonly containerPath: string;
  /** Letters of r, w, m. */
  readonly permissions: string;
}

export interface Ulimit {
  readonly name: string;
  /** -1 is unlimited. */
  readonly soft: bigint;
  readonly hard: bigint;
}

/** 0 is "no limit" or "default" unless said otherwise. */
export interface Resources {
  readonly memory: bigint;
  /** Memory plus swap; -1 is unlimited. */
  readonly memorySwap: bigint;
  readonly memoryReservation: bigint;
  readonly nanoCpus: bigint;
  readonly cpuShares: bigint;
  readonly cpuPeriod: bigint;
  readonly cpuQuota: bigint;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  /** Absent: the daemon's default; -1 or 0 unlimited. */
  readonly pidsLimit?: bigint;
  readonly oomScoreAdj: number;
  readonly oomKillDisable: boolean;
  readonly shmSize: bigint;
  readonly ulimits: readonly Ulimit[];
}

export interface LogConfig {
  /** json-file | none; '' is the daemon's default. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A spec in which everything but the image has its default. */
export function defaultContainerSpec(image: string): ContainerSpec {
  return {
    image,
    env: [],
    groupAdd: [],
    terminal: false,
    openStdin: false,
    stdinOnce: false,
    labels: {},
    annotations: {},
    restart: { kind: 'no', maximumRetryCount: 0 },
    autoRemove: false,
    mounts: [],
    readOnlyRootfs: false,
    namespaces: { network: '', pid: '', ipc: '', uts: '', cgroup: '' },
    security: {
      capAdd: [],
      capDrop: [],
      privileged: false,
      seccomp: '',
      noNewPrivileges: false,
      systemPathsUnconfined: false,
    },
    devices: [],
    resources: {
      memory: 0n,
      memorySwap: 0n,
      memoryReservation: 0n,
      nanoCpus: 0n,
      cpuShares: 0n,
      cpuPeriod: 0n,
      cpuQuota: 0n,
      cpusetCpus: '',
      cpusetMems: '',
      oomScoreAdj: 0,
      oomKillDisable: false,
      shmSize: 0n,
      ulimits: [],
    },
    sysctls: {},
    log: { driver: '', options: {} },
    networking: noNetworking,
    volumesFrom: [],
    attachStdin: false,
    attachStdout: false,
    attachStderr: false,
  };
}
