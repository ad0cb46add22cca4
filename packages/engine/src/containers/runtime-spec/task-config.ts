import type { CallOptions, ContainerId, ContainerSpec, ResolvedConfig } from '@wharf/core';
import type { ContainerDefaults } from '../dependencies.js';
import type { EnsuredPath, HostPort, RuntimePort, SeccompPort } from '../ports.js';
import type { PlacedMount } from './user-mounts.js';

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
  /** Files of `etc` that are mounted; all of them when absent. */
  readonly etcFiles?: readonly string[];
  /** Further mounts, whose sources are the daemon's own. */
  readonly given?: readonly PlacedMount[];
  /** The environment is as given, but for a PATH and a terminal's TERM that it may lack. */
  readonly plainEnv?: boolean;
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
  readonly ensure: readonly EnsuredPath[];
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
