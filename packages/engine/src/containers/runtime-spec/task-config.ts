import type { CallOptions, ContainerId, ContainerSpec, ResolvedConfig } from '@wharf/core';
import type { ContainerDefaults } from '../dependencies.js';
import type { HostPort, RuntimePort, SeccompPort } from '../ports.js';

/** What a container shares with another one or the host; paths like /proc/PID/ns/net of a process that lives now. */
export interface JoinedNamespaces {
  readonly network?: string;
  readonly pid?: string;
  readonly ipc?: string;
  /** Directory of the daemon's own (a tmpfs) that becomes /dev/shm, for those who share it; never below /proc. */
  readonly shm?: string;
}

export interface TaskConfigInput {
  readonly id: ContainerId;
  readonly spec: ContainerSpec;
  readonly resolved: ResolvedConfig;
  /** Mount point of the root filesystem. */
  readonly rootfs: string;
  /** Directory with hosts, hostname and resolv.conf. */
  readonly etc: string;
  readonly cgroupPath: string;
  readonly joined: JoinedNamespaces;
  /** By the place in the container: what is bound there instead of the source. */
  readonly prepared?: ReadonlyMap<string, string>;
  /** `initPath` is a static init binary on the host for --init, '' where there is none. */
  readonly defaults: Pick<ContainerDefaults, 'initPath' | 'init' | 'noNewPrivileges' | 'pidsLimit'>;
}

export interface TaskConfig {
  /** OCI runtime configuration, JSON. */
  readonly config: string;
  /** The `process` object that exec and health processes start from, JSON. */
  readonly execProcess: string;
  readonly ensure: readonly { readonly path: string; readonly directory: boolean }[];
}

export interface TaskConfigDependencies {
  readonly host: HostPort;
  readonly runtimes: RuntimePort;
  readonly seccomp: SeccompPort;
}

/** Builds the runtime configuration; invalid-argument names the flag that is wrong. */
export type BuildTaskConfig = (
  deps: TaskConfigDependencies,
  input: TaskConfigInput,
  options: CallOptions,
) => Promise<TaskConfig>;
