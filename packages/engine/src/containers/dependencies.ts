import type { ContainerId } from '@wharf/core';
import type { Flights } from '../concurrency/flights.js';
import type { KeyLock } from '../concurrency/key-lock.js';
import type { ImageManager } from '../images/images.js';
import type { PackPort, UnpackPort } from '../layers/ports.js';
import type { Execs } from '../processes/execs.js';
import type { Sandboxes } from '../networks/sandboxes.js';
import type { ContainerVolumes } from '../volumes/use.js';
import type { PendingAttaches } from './pending.js';
import type { ContainerPaths, RootPaths } from './paths.js';
import type { HostPort, RuntimePort, SeccompPort, TaskPort } from './ports.js';
import type { FilePort } from './file-ports.js';
import type { ContainerRecords } from './records.js';
import type { Tasks } from './tasks.js';
import type { Views } from './views.js';

/** Logs of the engine; structured, written once at the boundary. */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface ContainerDefaults {
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  readonly pidsLimit: bigint;
  readonly cgroupParent: string;
  readonly initPath: string;
  /** Of containers that name none: bridge, none, or another network. */
  readonly networkMode: string;
  readonly init: boolean;
  readonly noNewPrivileges: boolean;
  readonly stopTimeoutSeconds: number;
}

/** What the verbs of containers/ work with; put together once by the factory. */
export interface ContainerContext {
  readonly records: ContainerRecords;
  readonly tasks: Tasks;
  readonly taskPort: TaskPort;
  readonly images: Pick<
    ImageManager,
    'resolve' | 'lowerDirectories' | 'isKnown' | 'touch' | 'commit'
  >;
  readonly host: HostPort;
  readonly runtimes: RuntimePort;
  readonly seccomp: SeccompPort;
  readonly files: Pick<UnpackPort, 'removeTree'>;
  readonly fileAccess: FilePort;
  readonly pack: Pick<PackPort, 'changes'>;
  readonly networks: Sandboxes;
  readonly volumes: ContainerVolumes;
  readonly locks: KeyLock;
  readonly views: Views;
  readonly pending: PendingAttaches;
  /** Releases of tasks under way. */
  readonly releases: Flights<void>;
  readonly execs: Execs;
  readonly roots: RootPaths;
  readonly defaults: ContainerDefaults;
  readonly logger: Logger;
  paths(id: ContainerId): ContainerPaths;
}
