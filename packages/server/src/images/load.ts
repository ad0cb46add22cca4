import { ImageServiceDefinition, loadFrameToWire } from '@wharf/api';
import { receiveUpload } from '../calls/bytes.js';
import { bidi } from '../calls/handler.js';

export const loadImages = bidi(
  ImageServiceDefinition,
  'loadImages',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal }) => {
    const { open, data } = await receiveUpload(requests);
    const frames = engine.images.load(data, { signal, platforms: open.platforms });
    for await (const frame of frames) await send(loadFrameToWire(frame));
  },
);
