import { join } from 'node:path';
import { isActive } from '@wharf/core';
import { createVolumes, type ContainerRecords, type VolumeManager } from '@wharf/engine';
import {
  createVolumeDrivers,
  createVolumePort,
  pluginFolders,
  type createContainerFiles,
} from '@wharf/linux';
import type { Native } from '@wharf/linux/native';
import type { DaemonLogger } from '../logger.js';
import type { Store } from './store.js';

export interface VolumeParts {
  readonly dataRoot: string;
  readonly logger: DaemonLogger;
  readonly native: Native;
  readonly store: Store;
  readonly fileAccess: ReturnType<typeof createContainerFiles>;
  /** Who uses volumes. */
  readonly records: ContainerRecords;
}

export function composeVolumes(parts: VolumeParts): VolumeManager {
  const { dataRoot, logger, native, store, fileAccess, records } = parts;
  return createVolumes({
    state: store.state,
    files: store.files,
    fileAccess,
    logger,
    port: createVolumePort(native),
    drivers: createVolumeDrivers(pluginFolders),
    root: join(dataRoot, 'volumes'),
    users: () =>
      records.all().map(({ id, name, state: of, resolved: { mounts } }) => ({
        id,
        name,
        active: isActive(of),
        volumes: mounts.filter(({ kind }) => kind === 'volume').map((mount) => mount.name),
      })),
  });
}
