import type { CallOptions, Filters } from './call.js';

export interface VolumeSpec {
  /** '' makes an anonymous one: 64 hexadecimal digits. */
  readonly name: string;
  /** '' is local. */
  readonly driver: string;
  /** Of the local driver: type, device, o (as in mount(8)), size, uid, gid, mode, copy-from. */
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Volume {
  readonly name: string;
  readonly driver: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly driverOptions: Readonly<Record<string, string>>;
  /** Where its content is on the host; of a plugin's volume '' while it is not mounted. */
  readonly mountpoint: string;
  readonly scope: 'local' | 'global';
  /** Made for a container without a name, goes with it. */
  readonly anonymous: boolean;
  /** What a plugin says of it. */
  readonly status: Readonly<Record<string, string>>;
  /** Ids of containers (running or not) that mount it. */
  readonly usedBy: readonly string[];
  /** Bytes; absent when nobody asked for it. */
  readonly size?: number;
  readonly snapshots: readonly VolumeSnapshot[];
}

/** A state of a volume that was kept. */
export interface VolumeSnapshot {
  readonly name: string;
  readonly createdAt: Date;
}

export interface UnusedVolumes {
  readonly removed: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** A file of a volume for the far end that has some of them already. Paths are bytes in latin1. */
export interface VolumeEntry {
  readonly path: string;
  /** Of content and of what else a tar header says; equal digests are equal files. */
  readonly digest: string;
}

/** The volumes of one daemon, by name. */
export interface Volumes {
  /** One that exists with the same driver is returned as it is. */
  create(spec: VolumeSpec, options: CallOptions): Promise<Volume>;
  get(name: string, options: CallOptions & { readonly size?: boolean }): Promise<Volume>;
  /** Filters: dangling, driver, label, name, anonymous. */
  list(
    options: CallOptions & { readonly filters?: Filters; readonly size?: boolean },
  ): Promise<readonly Volume[]>;
  /** failed-precondition while a container mounts it, naming the container; `force` lets a missing one be. */
  remove(name: string, options: CallOptions & { readonly force?: boolean }): Promise<void>;
  /** Anonymous ones that no container mounts; with `all` also named ones. Filters: label, label!, all. */
  prune(
    options: CallOptions & { readonly filters?: Filters; readonly all?: boolean },
  ): Promise<UnusedVolumes>;
  update(
    name: string,
    change: { readonly labels: Readonly<Record<string, string>> },
    options: CallOptions,
  ): Promise<Volume>;
  /** The new name must be free, and no container may be using it. */
  rename(name: string, to: string, options: CallOptions): Promise<void>;
  /** A tar of its content, deterministic. */
  exportFiles(name: string, options: CallOptions): AsyncIterable<Uint8Array>;
  /** Unpacks an archive (plain or compressed) into it; `replace` empties it first; made when missing. */
  importFiles(
    name: string,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions & { readonly replace?: boolean },
  ): Promise<void>;
  /** A new volume with the same content, by reflink where the filesystem can. */
  clone(name: string, to: string, options: CallOptions): Promise<Volume>;
  snapshot(name: string, snapshot: string, options: CallOptions): Promise<VolumeSnapshot>;
  /** The content becomes what it was; failed-precondition while a container that mounts it runs. */
  rollback(name: string, snapshot: string, options: CallOptions): Promise<void>;
  removeSnapshot(name: string, snapshot: string, options: CallOptions): Promise<void>;
  /** Files by path, for `send`. */
  entries(name: string, options: CallOptions): AsyncIterable<readonly VolumeEntry[]>;
  /** A tar of the named paths only. */
  exportEntries(
    name: string,
    paths: readonly string[],
    options: CallOptions,
  ): AsyncIterable<Uint8Array>;
  /** Unpacks over what is there, and removes the paths that are no more. */
  applyEntries(
    name: string,
    removed: readonly string[],
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void>;
}
