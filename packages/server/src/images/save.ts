import { compressionFromWire, defined, ImageServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';
import { framed } from '../calls/bytes.js';

export const saveImages = serverStream(
  ImageServiceDefinition,
  'saveImages',
  { long: true },
  async function* (request, { engine, signal }) {
    const { images, platforms } = request;
    const compression = compressionFromWire(request.compression);
    const archive = engine.images.save(images, defined({ signal, platforms, compression }));
    for await (const data of framed(archive)) yield { data };
  },
);
