import { VolumeServiceDefinition, volumeToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getVolume = unary(
  VolumeServiceDefinition,
  'getVolume',
  {},
  async ({ volume, size }, { engine, signal }) => ({
    volume: volumeToWire(await engine.volumes.get(volume, { signal, size })),
  }),
);
