import { recordFromWire, VolumeServiceDefinition, volumeToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const updateVolume = unary(
  VolumeServiceDefinition,
  'updateVolume',
  { write: true },
  async ({ volume, labels }, { engine, signal }) => {
    const change = { labels: recordFromWire(labels, 'labels') };
    return { volume: volumeToWire(await engine.volumes.update(volume, change, { signal })) };
  },
);
