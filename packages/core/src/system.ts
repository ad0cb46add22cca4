import type { CallOptions } from './call.js';

export interface ComponentVersion {
  readonly name: string;
  readonly version: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface VersionInfo {
  readonly version: string;
  readonly apiVersion: string;
  readonly gitCommit: string;
  readonly buildTime: string;
  readonly os: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly components: readonly ComponentVersion[];
}

/** Something that works less well on this host than it could, and why. */
export interface Degradation {
  readonly what: string;
  readonly why: string;
}

export interface RuntimeInfo {
  readonly name: string;
  readonly path: string;
  readonly version: string;
  readonly isDefault: boolean;
  /** Empty when it passed its probe. */
  readonly problem: string;
}

export interface SystemInfo {
  readonly id: string;
  readonly name: string;
  readonly containers: number;
  readonly containersRunning: number;
  readonly containersPaused: number;
  readonly containersStopped: number;
  readonly images: number;
  readonly version: string;
  readonly storageDriver: string;
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly kernelVersion: string;
  readonly operatingSystem: string;
  readonly osType: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memory: number;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly runtimes: readonly RuntimeInfo[];
  readonly securityOptions: readonly string[];
  readonly degraded: readonly Degradation[];
  readonly recovery: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly systemTime: Date;
  readonly logDriver: string;
  readonly initPath: string;
}

/** What takes space, as `system df` counts. Bytes. */
export interface DiskUsage {
  /** Unpacked layers, each once. */
  readonly layersSize: number;
  /** Blobs as they came, each once. */
  readonly contentSize: number;
  readonly images: readonly import('./images.js').Image[];
  /** With their sizes. */
  readonly containers: readonly import('./containers.js').Container[];
  readonly volumes: readonly VolumeUsage[];
  /** Bytes of images that no container uses; what a prune with `all` would free. */
  readonly reclaimableImages: number;
}

export interface VolumeUsage {
  readonly name: string;
  readonly size: number;
  readonly links: number;
}

export interface System {
  ping(options: CallOptions): Promise<{ readonly apiVersion: string }>;
  version(options: CallOptions): Promise<VersionInfo>;
  info(options: CallOptions): Promise<SystemInfo>;
  diskUsage(options: CallOptions): Promise<DiskUsage>;
}

/** The faces of one daemon, local or remote. */
export interface Engine {
  readonly system: System;
  readonly images: import('./images.js').Images;
  readonly manifestLists: import('./manifest-lists.js').ManifestLists;
  readonly contents: import('./contents.js').Contents;
  readonly registries: import('./registries.js').Registries;
  readonly containers: import('./containers.js').Containers;
  readonly processes: import('./processes.js').Processes;
  readonly networks: import('./networks.js').Networks;
  readonly volumes: import('./volumes.js').Volumes;
  readonly builds: import('./builds.js').Builds;
  readonly events: import('./events.js').Events;
}
