import { VolumeServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const renameVolume = unary(
  VolumeServiceDefinition,
  'renameVolume',
  { write: true },
  async ({ volume, name }, { engine, signal }) => {
    await engine.volumes.rename(volume, name, { signal });
    return {};
  },
);
