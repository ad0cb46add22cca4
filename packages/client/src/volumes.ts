import {
  filtersToWire,
  numberFromWire,
  recordToWire,
  volumeFromWire,
  VolumeServiceDefinition,
  volumeSnapshotFromWire,
  volumeSpecToWire,
} from '@wharf/api';
import type { Volumes } from '@wharf/core';
import { unary } from './rpc.js';
import type { Transport } from './transport/transport.js';
import { volumeFiles } from './volume-files.js';

const service = VolumeServiceDefinition;

/** The volumes of a remote daemon. */
export function remoteVolumes(transport: Transport): Volumes {
  return { ...records(transport), ...copies(transport), ...volumeFiles(transport) };
}

function records(
  transport: Transport,
): Pick<Volumes, 'create' | 'get' | 'list' | 'remove' | 'prune' | 'update' | 'rename'> {
  return {
    create: async (spec, options) =>
      unary(
        transport,
        [service, 'createVolume'],
        { spec: volumeSpecToWire(spec) },
        options,
        (response) => volumeFromWire(response.volume),
      ),
    get: (volume, { size = false, signal }) =>
      unary(transport, [service, 'getVolume'], { volume, size }, { signal }, (response) =>
        volumeFromWire(response.volume),
      ),
    list: ({ filters, size = false, signal }) =>
      unary(
        transport,
        [service, 'listVolumes'],
        { filters: filtersToWire(filters), size },
        { signal },
        ({ volumes }) => volumes.map(volumeFromWire),
      ),
    remove: (volume, { force = false, signal }) =>
      unary(transport, [service, 'removeVolume'], { volume, force }, { signal }, () => undefined),
    prune: ({ filters, all = false, signal }) =>
      unary(
        transport,
        [service, 'pruneVolumes'],
        { filters: filtersToWire(filters), all },
        { signal },
        ({ removed, reclaimedBytes }) => ({
          removed,
          reclaimed: numberFromWire(reclaimedBytes, 'reclaimed_bytes'),
        }),
      ),
    update: (volume, { labels }, options) =>
      unary(
        transport,
        [service, 'updateVolume'],
        { volume, labels: recordToWire(labels) },
        options,
        (response) => volumeFromWire(response.volume),
      ),
    rename: (volume, name, options) =>
      unary(transport, [service, 'renameVolume'], { volume, name }, options, () => undefined),
  };
}

function copies(
  transport: Transport,
): Pick<Volumes, 'clone' | 'snapshot' | 'rollback' | 'removeSnapshot'> {
  return {
    clone: (volume, name, options) =>
      unary(transport, [service, 'cloneVolume'], { volume, name }, options, (response) =>
        volumeFromWire(response.volume),
      ),
    snapshot: (volume, snapshot, options) =>
      unary(transport, [service, 'snapshotVolume'], { volume, snapshot }, options, (response) =>
        volumeSnapshotFromWire(response.snapshot),
      ),
    rollback: (volume, snapshot, options) =>
      unary(transport, [service, 'rollbackVolume'], { volume, snapshot }, options, () => undefined),
    removeSnapshot: (volume, snapshot, options) =>
      unary(
        transport,
        [service, 'removeVolumeSnapshot'],
        { volume, snapshot },
        options,
        () => undefined,
      ),
  };
}
