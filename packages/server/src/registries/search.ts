import { credentialsFromWire, defined, RegistryServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const searchImages = unary(
  RegistryServiceDefinition,
  'searchImages',
  {},
  async (request, { engine, signal }) => {
    const options = defined({
      signal,
      limit: request.limit === 0 ? undefined : request.limit,
      credentials: credentialsFromWire(request.credentials),
    });
    const results = await engine.registries.search(request.term, options);
    return { results: results.map((result) => ({ ...result })) };
  },
);
