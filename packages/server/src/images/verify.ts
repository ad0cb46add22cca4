import { ImageServiceDefinition, verifyFrameToWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const verifyImage = serverStream(
  ImageServiceDefinition,
  'verifyImage',
  { long: true },
  async function* (request, { engine, signal }) {
    const frames = engine.images.verify(request.image, { signal });
    for await (const frame of frames) yield verifyFrameToWire(frame);
  },
);
