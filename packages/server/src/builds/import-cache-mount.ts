import { BuildServiceDefinition } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const importCacheMount = bidi(
  BuildServiceDefinition,
  'importCacheMount',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    await engine.builds.importCacheMount(open.id, data, { signal });
    await send({});
  },
);
