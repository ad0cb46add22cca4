/**
 * The subset of the OCI runtime spec (config.json, version 1.0.2) that Wharf writes for runc and crun. Member names
 * are those of the file, so that JSON.stringify gives it.
 */
export interface RuntimeSpec {
  readonly ociVersion: string;
  readonly process: RuntimeProcess;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts: readonly RuntimeMount[];
  readonly linux: RuntimeLinux;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Also the input of `exec --process`. */
export interface RuntimeProcess {
  readonly terminal?: boolean;
  /** Characters. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: RuntimeUser;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities?: RuntimeCapabilities;
  readonly rlimits?: readonly RuntimeRlimit[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
  readonly oomScoreAdj?: number;
}

export interface RuntimeUser {
  readonly uid: number;
  readonly gid: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
}

export interface RuntimeCapabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

export interface RuntimeRlimit {
  /** RLIMIT_NOFILE … */
  readonly type: string;
  /** RLIM_INFINITY (2^64-1) is beyond exact numbers: a bigint, which needs a writer of its own. */
  readonly soft: number | bigint;
  readonly hard: number | bigint;
}

export interface RuntimeMount {
  readonly destination: string;
  /** bind, tmpfs, proc … */
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

export interface RuntimeLinux {
  readonly namespaces: readonly RuntimeNamespace[];
  readonly uidMappings?: readonly RuntimeIdMapping[];
  readonly gidMappings?: readonly RuntimeIdMapping[];
  readonly devices?: readonly RuntimeDevice[];
  readonly resources?: RuntimeResources;
  readonly cgroupsPath?: string;
  readonly rootfsPropagation?: 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared';
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly seccomp?: RuntimeSeccomp;
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly mountLabel?: string;
}

export type RuntimeNamespaceType =
  'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export interface RuntimeNamespace {
  readonly type: RuntimeNamespaceType;
  /** Joins this one instead of a new one. */
  readonly path?: string;
}

export interface RuntimeIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface RuntimeDevice {
  readonly type: 'c' | 'b' | 'u' | 'p';
  readonly path: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Limits in the names of cgroup v1; runtimes translate them for v2. Sizes are bytes, times microseconds. */
export interface RuntimeResources {
  readonly devices?: readonly RuntimeDeviceRule[];
  readonly memory?: RuntimeMemory;
  readonly cpu?: RuntimeCpu;
  readonly pids?: { readonly limit: number };
  readonly blockIO?: RuntimeBlockIo;
  /** cgroup v2 files and what to write to them. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface RuntimeDeviceRule {
  readonly allow: boolean;
  readonly type?: 'a' | 'b' | 'c';
  readonly major?: number;
  readonly minor?: number;
  /** Of the letters r, w, m. */
  readonly access?: string;
}

/** -1 is without limit. */
export interface RuntimeMemory {
  readonly limit?: number;
  readonly reservation?: number;
  /** Memory and swap together. */
  readonly swap?: number;
  readonly swappiness?: number;
  readonly disableOOMKiller?: boolean;
}

export interface RuntimeCpu {
  readonly shares?: number;
  readonly quota?: number;
  readonly period?: number;
  readonly burst?: number;
  readonly realtimeRuntime?: number;
  readonly realtimePeriod?: number;
  readonly cpus?: string;
  readonly mems?: string;
  readonly idle?: number;
}

export interface RuntimeBlockIo {
  readonly weight?: number;
  readonly weightDevice?: readonly {
    readonly major: number;
    readonly minor: number;
    readonly weight: number;
  }[];
  readonly throttleReadBpsDevice?: readonly RuntimeThrottle[];
  readonly throttleWriteBpsDevice?: readonly RuntimeThrottle[];
  readonly throttleReadIOPSDevice?: readonly RuntimeThrottle[];
  readonly throttleWriteIOPSDevice?: readonly RuntimeThrottle[];
}

export interface RuntimeThrottle {
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}

export type RuntimeSeccompAction =
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_PROCESS'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_NOTIFY'
  | 'SCMP_ACT_TRACE'
  | 'SCMP_ACT_TRAP';

export interface RuntimeSeccomp {
  readonly defaultAction: RuntimeSeccompAction;
  readonly defaultErrnoRet?: number;
  /** SCMP_ARCH_X86_64 … */
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  readonly syscalls?: readonly RuntimeSyscallRule[];
}

export interface RuntimeSyscallRule {
  readonly names: readonly string[];
  readonly action: RuntimeSeccompAction;
  readonly errnoRet?: number;
  readonly args?: readonly RuntimeSyscallArgument[];
}

export type RuntimeSeccompOperator =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ';

export interface RuntimeSyscallArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: RuntimeSeccompOperator;
}

/** What `runc state` and `crun state` print. */
export interface RuntimeState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped' | 'paused';
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
