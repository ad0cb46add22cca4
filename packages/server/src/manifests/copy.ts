import {
  credentialMapFromWire,
  defined,
  ManifestServiceDefinition,
  pushFrameToWire,
  textOrAbsent,
} from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const copyImage = serverStream(
  ManifestServiceDefinition,
  'copyImage',
  { write: true, long: true },
  async function* (request, { engine, signal }) {
    const { source, targets } = request;
    const options = defined({
      signal,
      platform: textOrAbsent(request.platform),
      credentials: credentialMapFromWire(request.credentials),
    });
    for await (const frame of engine.manifestLists.copy(source, targets, options)) {
      yield pushFrameToWire(frame);
    }
  },
);
