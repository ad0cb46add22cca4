import type { Volumes } from '@wharf/core';
import { KeyLock } from '../concurrency/key-lock.js';
import type { State } from '../state/state.js';
import { adoptVolumes } from './adopt.js';
import type { VolumeContext } from './context.js';
import { cloneVolume } from './clone.js';
import { createVolume } from './create.js';
import { entries, exportFiles } from './export.js';
import { volumeFilter } from './filter.js';
import { applyEntries, importFiles } from './import.js';
import { pruneVolumes } from './prune.js';
import { VolumeRecords } from './records.js';
import { removeVolume } from './remove.js';
import { renameVolume } from './rename.js';
import { removeSnapshot, rollbackVolume, snapshotVolume } from './snapshots.js';
import { containerVolumes, type ContainerVolumes } from './use.js';
import { describedVolume, sizedVolume, toVolume } from './view.js';

export type VolumesDependencies = Omit<VolumeContext, 'records' | 'locks' | 'held' | 'mounted'> & {
  readonly state: State;
};

/** The manager, and what containers and the daemon's life need of it. */
export interface VolumeManager extends Volumes {
  readonly forContainers: ContainerVolumes;
  /** Once, before the first call; says what was out of order. */
  adopt(signal: AbortSignal): Promise<readonly string[]>;
}

export function createVolumes({ state, ...deps }: VolumesDependencies): VolumeManager {
  const records = new VolumeRecords(state);
  const context: VolumeContext = {
    ...deps,
    records,
    locks: new KeyLock(),
    held: new Map(),
    mounted: new Set(),
  };
  return {
    forContainers: containerVolumes(context),
    adopt: (signal) => adoptVolumes(context, { signal }),
    async create(spec, options) {
      return toVolume(context, await createVolume(context, spec, options));
    },
    async get(name, { signal, size = false }) {
      const record = records.get(name);
      const volume = size
        ? await sizedVolume(context, record, { signal })
        : toVolume(context, record);
      return describedVolume(context, volume, { signal });
    },
    async list({ signal, filters, size = false }) {
      const users = context.users();
      const used = new Set(users.flatMap(({ volumes }) => volumes));
      const test = volumeFilter(filters, ({ name }) => used.has(name));
      const found = records.all().filter(test);
      if (!size) return found.map((record) => toVolume(context, record, users));
      return Promise.all(found.map((record) => sizedVolume(context, record, { signal, users })));
    },
    remove: (name, options) => removeVolume(context, name, options),
    prune: (options) => pruneVolumes(context, options),
    async update(name, { labels }, { signal }) {
      await using _ = await context.locks.acquire(name, { signal });
      const record = { ...records.get(name), labels };
      records.update(record);
      return toVolume(context, record);
    },
    rename: (name, to, options) => renameVolume(context, name, to, options),
    exportFiles: (name, options) => exportFiles(context, name, options),
    importFiles: (name, archive, options) => importFiles(context, name, archive, options),
    async clone(name, to, options) {
      return toVolume(context, await cloneVolume(context, name, to, options));
    },
    snapshot: (name, snapshot, options) => snapshotVolume(context, name, snapshot, options),
    rollback: (name, snapshot, options) => rollbackVolume(context, name, snapshot, options),
    removeSnapshot: (name, snapshot, options) => removeSnapshot(context, name, snapshot, options),
    entries: (name, options) => entries(context, name, options),
    exportEntries: (name, paths, options) => exportFiles(context, name, { ...options, paths }),
    applyEntries: (name, removed, archive, options) =>
      applyEntries(context, name, { removed, archive }, options),
  };
}
