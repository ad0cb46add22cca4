import { defined, filtersFromWire, numberToWire, VolumeServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const pruneVolumes = unary(
  VolumeServiceDefinition,
  'pruneVolumes',
  { write: true },
  async ({ all, filters }, { engine, signal }) => {
    const options = defined({ signal, all, filters: filtersFromWire(filters) });
    const { removed, reclaimed } = await engine.volumes.prune(options);
    return {
      removed: [...removed],
      reclaimedBytes: numberToWire(reclaimed, 'reclaimed bytes'),
    };
  },
);
