import { credentialsFromWire, defined, RegistryServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listTags = unary(
  RegistryServiceDefinition,
  'listTags',
  {},
  async (request, { engine, signal }) => {
    const options = defined({
      signal,
      limit: request.limit === 0 ? undefined : request.limit,
      credentials: credentialsFromWire(request.credentials),
    });
    return { tags: [...(await engine.registries.tags(request.repository, options))] };
  },
);
