import {
  credentialsFromWire,
  defined,
  ImageServiceDefinition,
  pullFrameToWire,
  textOrAbsent,
} from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const pullImage = serverStream(
  ImageServiceDefinition,
  'pullImage',
  { write: true, long: true },
  async function* (request, { engine, signal }) {
    const { image, allPlatforms, allTags } = request;
    const options = defined({
      signal,
      allPlatforms,
      allTags,
      platform: textOrAbsent(request.platform),
      credentials: credentialsFromWire(request.credentials),
    });
    for await (const frame of engine.images.pull(image, options)) yield pullFrameToWire(frame);
  },
);
