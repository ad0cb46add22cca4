import { blobFromWire, ContentServiceDefinition, numberFromWire } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const writeBlob = bidi(
  ContentServiceDefinition,
  'writeBlob',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    const { lease } = open;
    const offset = numberFromWire(open.offsetBytes, 'offset_bytes');
    await engine.contents.write({ lease, blob: blobFromWire(open.blob), offset }, data, { signal });
    await send({});
  },
);
