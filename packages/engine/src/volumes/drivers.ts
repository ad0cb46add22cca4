import type { CallOptions } from '@wharf/core';

/** What a plugin says of a volume. */
export interface PluginVolume {
  /** '' while it is not mounted. */
  readonly mountpoint: string;
  readonly status: Readonly<Record<string, string>>;
}

/** A driver that is not ours. Its errors are failed-precondition in its own words. */
export interface VolumeDriver {
  scope(options: CallOptions): Promise<'local' | 'global'>;
  create(
    name: string,
    driverOptions: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<void>;
  remove(name: string, options: CallOptions): Promise<void>;
  /** Where it is on the host, for as long as an id has mounted it. */
  mount(name: string, id: string, options: CallOptions): Promise<string>;
  unmount(name: string, id: string, options: CallOptions): Promise<void>;
  get(name: string, options: CallOptions): Promise<PluginVolume>;
}

/** The drivers that are there at this moment. */
export interface VolumeDrivers {
  /** Undefined when there is none of that name; rejects when it does not answer as one. */
  find(name: string, options: CallOptions): Promise<VolumeDriver | undefined>;
}
