import { VolumeServiceDefinition, volumeSpecFromWire, volumeToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const createVolume = unary(
  VolumeServiceDefinition,
  'createVolume',
  { write: true },
  async ({ spec }, { engine, signal }) => ({
    volume: volumeToWire(await engine.volumes.create(volumeSpecFromWire(spec), { signal })),
  }),
);
