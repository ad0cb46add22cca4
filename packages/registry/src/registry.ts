import type { RegistryPort, RegistryWritePort } from '@wharf/engine/ports';
import { checkCredentials } from './ask/login.js';
import { listReferrers } from './ask/referrers.js';
import { search } from './ask/search.js';
import { listTags } from './ask/tags.js';
import { Authorizer } from './auth/authorizer.js';
import { repositoryScope } from './auth/scopes.js';
import { defaultLimits } from './config.js';
import type { RegistryConfig } from './config.js';
import { Transport } from './http/transport.js';
import { Hosts } from './net/hosts.js';
import { Places } from './net/places.js';
import { Proxies } from './net/proxy.js';
import { documentAt } from './pull/document.js';
import { fetchBlob } from './pull/fetch.js';
import { resolveAt } from './pull/resolve.js';
import { pushBlob } from './push/blob.js';
import { hasBlob } from './push/exists.js';
import { pushManifest } from './push/manifest.js';
import { atEndpoints } from './session/endpoints.js';
import { MirrorHealth } from './session/mirror-health.js';
import { openSession } from './session/session.js';
import type { Wire } from './session/wire.js';

/** A registry client; disposal closes its connections, so calls still running fail. */
export type Registry = RegistryPort & RegistryWritePort & AsyncDisposable;

/**
 * Makes the client of all registries. Opens nothing until it is used.
 * @throws InvalidArgumentError for a mirror, rewrite, network or proxy that cannot be read
 */
export function createRegistry(config: RegistryConfig = {}): Registry {
  const wire = wireOf(config);
  return {
    ...readSide(wire),
    ...writeSide(wire),
    [Symbol.asyncDispose]: () => {
      wire.authorizer.close();
      wire.transport.close();
      return Promise.resolve();
    },
  };
}

function wireOf(config: RegistryConfig): Wire {
  const limits = { ...defaultLimits, ...config.limits };
  const hosts = new Hosts(config);
  const proxies = new Proxies(config.proxy);
  const transport = new Transport(config, hosts, proxies, limits);
  return {
    hosts,
    limits,
    transport,
    places: new Places(config, hosts, proxies),
    authorizer: new Authorizer(transport),
    health: new MirrorHealth(limits.mirrorRestMs),
    onMirrorFailure: config.onMirrorFailure ?? (() => undefined),
  };
}

function readSide(wire: Wire): RegistryPort {
  return {
    resolve: (reference, options) =>
      atEndpoints(wire, reference, options, (session) => resolveAt(session, reference)),

    fetchDocument: (repository, descriptor, kind, options) =>
      atEndpoints(wire, repository, options, (session) =>
        documentAt(session, repository, descriptor, kind),
      ),

    fetchBlob: (repository, descriptor, offset, options) =>
      fetchBlob(wire, repository, descriptor, offset, options),
  };
}

function writeSide(wire: Wire): RegistryWritePort {
  return {
    blobExists: async (repository, digest, options) => {
      const endpoint = await wire.places.origin(repository);
      const scopes = [repositoryScope({ path: endpoint.repository }, 'pull')];
      return hasBlob(await openSession(wire, endpoint, options, scopes), repository, digest);
    },
    pushBlob: (repository, descriptor, read, options) =>
      pushBlob(wire, repository, descriptor, read, options),
    pushManifest: (reference, mediaType, bytes, options) =>
      pushManifest(wire, reference, mediaType, bytes, options),
    listTags: (repository, options) => listTags(wire, repository, options),
    listReferrers: (repository, digest, options) =>
      listReferrers(wire, repository, digest, options),
    checkCredentials: (registry, options) => checkCredentials(wire, registry, options),
    search: (registry, term, options) => search(wire, registry, term, options),
  };
}
