import {
  credentialMapFromWire,
  defined,
  ManifestServiceDefinition,
  pushFrameToWire,
} from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const pushManifestList = serverStream(
  ManifestServiceDefinition,
  'pushManifestList',
  { write: true, long: true },
  async function* (request, { engine, signal }) {
    const { name, purge } = request;
    const options = defined({
      signal,
      purge,
      credentials: credentialMapFromWire(request.credentials),
    });
    for await (const frame of engine.manifestLists.push(name, options)) {
      yield pushFrameToWire(frame);
    }
  },
);
