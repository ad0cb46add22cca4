import { VolumeServiceDefinition, volumeSnapshotToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const snapshotVolume = unary(
  VolumeServiceDefinition,
  'snapshotVolume',
  { write: true, long: true },
  async ({ volume, snapshot }, { engine, signal }) => ({
    snapshot: volumeSnapshotToWire(await engine.volumes.snapshot(volume, snapshot, { signal })),
  }),
);
