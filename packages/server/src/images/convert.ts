import {
  compressionFromWire,
  defined,
  ImageServiceDefinition,
  textOrAbsent,
  workFrameToWire,
} from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const convertImage = serverStream(
  ImageServiceDefinition,
  'convertImage',
  { write: true, long: true },
  async function* (request, { engine, signal }) {
    const { image, name } = request;
    const options = defined({
      signal,
      compression: compressionFromWire(request.compression) ?? 'gzip',
      platform: textOrAbsent(request.platform),
    });
    const frames = engine.images.convert(image, name, options);
    for await (const frame of frames) yield workFrameToWire(frame);
  },
);
