import { VolumeServiceDefinition } from '@wharf/api';
import { framed } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';
import { allPaths, framesOf, volumeOf } from './path-frames.js';

export const exportVolumeEntries = bidi(
  VolumeServiceDefinition,
  'exportVolumeEntries',
  { long: true },
  async ({ requests, send }, { engine, signal }) => {
    const frames = framesOf(requests);
    const volume = await volumeOf(frames);
    const { paths, rest } = await allPaths(frames, 'paths');
    await rest.end();
    const archive = engine.volumes.exportEntries(volume, paths, { signal });
    for await (const data of framed(archive)) await send({ data });
  },
);
