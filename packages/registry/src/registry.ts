import { InvalidArgumentError } from '@wharf/core';
import type {
  FetchBlobOptions,
  RegistryCallOptions,
  RegistryPort,
  Repository,
  ResolvedDescriptor,
} from '@wharf/engine/ports';
import type { Reference } from '@wharf/oci';
import { Authorizer } from './auth/authorizer.js';
import { defaultLimits } from './config.js';
import type { RegistryConfig } from './config.js';
import { Transport } from './http/transport.js';
import { Hosts } from './net/hosts.js';
import { blobFrom } from './pull/blob.js';
import { documentAt } from './pull/document.js';
import { resolveAt } from './pull/resolve.js';
import { atEndpoints, Session } from './pull/session.js';
import type { Wire } from './pull/session.js';

/** A registry client; disposal closes its connections, so calls still running fail. */
export type Registry = RegistryPort & AsyncDisposable;

/**
 * Makes the client of all registries. Opens nothing until it is used.
 * @throws InvalidArgumentError for a mirror or proxy that is no URL
 */
export function createRegistry(config: RegistryConfig = {}): Registry {
  const limits = { ...defaultLimits, ...config.limits };
  const hosts = new Hosts(config);
  const transport = new Transport(config, hosts, limits);
  const authorizer = new Authorizer(transport);
  const wire: Wire = { hosts, transport, authorizer };
  return {
    resolve: (reference: Reference, options: RegistryCallOptions) =>
      atEndpoints(wire, reference, options, (session) => resolveAt(session, reference)),

    fetchDocument: (repository, descriptor, kind, options) =>
      atEndpoints(wire, repository, options, (session) =>
        documentAt(session, repository, descriptor, kind),
      ),

    fetchBlob: (repository, descriptor, offset, options) =>
      fetchBlob(wire, repository, descriptor, offset, options),

    [Symbol.asyncDispose]: () => {
      authorizer.close();
      transport.close();
      return Promise.resolve();
    },
  };
}

async function* fetchBlob(
  wire: Wire,
  repository: Repository,
  descriptor: ResolvedDescriptor,
  offset: number,
  options: FetchBlobOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > descriptor.size) {
    throw new InvalidArgumentError(`offset ${offset} is outside of blob ${descriptor.digest}`);
  }
  const progress = { repository, descriptor, at: offset };
  const endpoints = wire.hosts.endpoints(repository.domain);
  for (const [i, endpoint] of endpoints.entries()) {
    const session = new Session(wire, endpoint, repository, options);
    try {
      for await (const part of blobFrom(session, progress)) {
        options.onBytes?.(part.length);
        yield part;
      }
      return;
    } catch (error) {
      if (options.signal.aborted || i === endpoints.length - 1) throw error;
    }
  }
}
