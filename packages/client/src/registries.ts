import { credentialsToWire, RegistryServiceDefinition } from '@wharf/api';
import type { Registries } from '@wharf/core';
import { unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = RegistryServiceDefinition;

/** Registries as a remote daemon sees them. */
export function remoteRegistries(transport: Transport): Registries {
  return {
    login: (registry, credentials, options) =>
      unary(
        transport,
        [service, 'checkLogin'],
        { registry, credentials: credentialsToWire(credentials) },
        options,
        ({ identityToken }) => ({ identityToken }),
      ),
    search: (term, { limit = 0, credentials, signal }) =>
      unary(
        transport,
        [service, 'searchImages'],
        { term, limit, credentials: credentialsToWire(credentials) },
        { signal },
        ({ results }) => results,
      ),
    tags: (repository, { limit = 0, credentials, signal }) =>
      unary(
        transport,
        [service, 'listTags'],
        { repository, limit, credentials: credentialsToWire(credentials) },
        { signal },
        ({ tags }) => tags,
      ),
  };
}
