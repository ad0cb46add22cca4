import { defined, filtersFromWire, VolumeServiceDefinition, volumeToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listVolumes = unary(
  VolumeServiceDefinition,
  'listVolumes',
  {},
  async ({ filters, size }, { engine, signal }) => {
    const options = defined({ signal, size, filters: filtersFromWire(filters) });
    const volumes = await engine.volumes.list(options);
    return { volumes: volumes.map(volumeToWire) };
  },
);
