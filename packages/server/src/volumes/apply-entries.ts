import { VolumeServiceDefinition } from '@wharf/api';
import { bidi } from '../calls/handler.js';
import { allPaths, framesOf, volumeOf } from './path-frames.js';

export const applyVolumeEntries = bidi(
  VolumeServiceDefinition,
  'applyVolumeEntries',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const frames = framesOf(requests);
    const volume = await volumeOf(frames);
    const { paths, rest } = await allPaths(frames, 'removed');
    await engine.volumes.applyEntries(volume, paths, rest.data(), { signal });
    await send({});
  },
);
