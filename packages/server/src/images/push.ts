import {
  compressionFromWire,
  credentialsFromWire,
  defined,
  ImageServiceDefinition,
  pushFrameToWire,
  textOrAbsent,
} from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const pushImage = serverStream(
  ImageServiceDefinition,
  'pushImage',
  { write: true, long: true },
  async function* (request, { engine, signal }) {
    const { image, allTags, forceCompression } = request;
    const options = defined({
      signal,
      allTags,
      forceCompression,
      compression: compressionFromWire(request.compression),
      platform: textOrAbsent(request.platform),
      credentials: credentialsFromWire(request.credentials),
    });
    for await (const frame of engine.images.push(image, options)) yield pushFrameToWire(frame);
  },
);
