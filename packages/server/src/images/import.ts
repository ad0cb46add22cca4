import { defined, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const importImage = bidi(
  ImageServiceDefinition,
  'importImage',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    const options = defined({
      signal,
      changes: open.changes,
      name: textOrAbsent(open.name),
      message: textOrAbsent(open.message),
      platform: textOrAbsent(open.platform),
    });
    const { imageId } = await engine.images.import(data, options);
    await send({ imageId });
  },
);
