import {
  credentialMapFromWire,
  defined,
  ManifestServiceDefinition,
  manifestViewToWire,
  textOrAbsent,
} from '@wharf/api';
import { unary } from '../calls/handler.js';

export const inspectManifest = unary(
  ManifestServiceDefinition,
  'inspectManifest',
  {},
  async (request, { engine, signal }) => {
    const { reference, verbose } = request;
    const options = defined({
      signal,
      verbose,
      list: textOrAbsent(request.list),
      credentials: credentialMapFromWire(request.credentials),
    });
    return { manifest: manifestViewToWire(await engine.manifestLists.inspect(reference, options)) };
  },
);
