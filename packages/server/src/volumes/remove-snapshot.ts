import { VolumeServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeVolumeSnapshot = unary(
  VolumeServiceDefinition,
  'removeVolumeSnapshot',
  { write: true },
  async ({ volume, snapshot }, { engine, signal }) => {
    await engine.volumes.removeSnapshot(volume, snapshot, { signal });
    return {};
  },
);
