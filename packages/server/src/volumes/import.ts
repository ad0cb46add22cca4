import { VolumeServiceDefinition } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const importVolume = bidi(
  VolumeServiceDefinition,
  'importVolume',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    await engine.volumes.importFiles(open.volume, data, { signal, replace: open.replace });
    await send({});
  },
);
