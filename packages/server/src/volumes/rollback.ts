import { VolumeServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const rollbackVolume = unary(
  VolumeServiceDefinition,
  'rollbackVolume',
  { write: true, long: true },
  async ({ volume, snapshot }, { engine, signal }) => {
    await engine.volumes.rollback(volume, snapshot, { signal });
    return {};
  },
);
