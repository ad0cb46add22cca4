import { VolumeServiceDefinition } from '@wharf/api';
import { framed } from '../calls/bytes.js';
import { serverStream } from '../calls/handler.js';

export const exportVolume = serverStream(
  VolumeServiceDefinition,
  'exportVolume',
  { long: true },
  async function* ({ volume }, { engine, signal }) {
    for await (const data of framed(engine.volumes.exportFiles(volume, { signal }))) yield { data };
  },
);
