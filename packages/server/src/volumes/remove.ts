import { VolumeServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeVolume = unary(
  VolumeServiceDefinition,
  'removeVolume',
  { write: true },
  async ({ volume, force }, { engine, signal }) => {
    await engine.volumes.remove(volume, { signal, force });
    return {};
  },
);
