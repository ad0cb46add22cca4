import { VolumeServiceDefinition, volumeToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const cloneVolume = unary(
  VolumeServiceDefinition,
  'cloneVolume',
  { write: true, long: true },
  async ({ volume, name }, { engine, signal }) => ({
    volume: volumeToWire(await engine.volumes.clone(volume, name, { signal })),
  }),
);
