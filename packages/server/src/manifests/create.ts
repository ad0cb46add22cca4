import { credentialMapFromWire, defined, ManifestServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const createManifestList = unary(
  ManifestServiceDefinition,
  'createManifestList',
  { write: true },
  async (request, { engine, signal }) => {
    const { name, sources, amend } = request;
    const options = defined({
      signal,
      amend,
      credentials: credentialMapFromWire(request.credentials),
    });
    const { reference } = await engine.manifestLists.create(name, sources, options);
    return { reference };
  },
);
