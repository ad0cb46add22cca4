import { InvalidArgumentError } from '@wharf/core';
import type { FetchBlobOptions, Repository, ResolvedDescriptor } from '@wharf/engine/ports';
import { mirrorFailed, pullSession } from '../session/endpoints.js';
import type { Wire } from '../session/wire.js';
import { blobFrom } from './blob.js';

/** What `RegistryPort.fetchBlob` promises: each endpoint goes on where the one before it ended. */
export async function* fetchBlob(
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
  const endpoints = await wire.places.forPull(repository);
  for (const [i, endpoint] of endpoints.entries()) {
    if (!wire.health.isUp(endpoint)) continue;
    try {
      const session = await pullSession(wire, endpoint, options);
      for await (const part of blobFrom(session, progress)) {
        options.onBytes?.(part.length);
        yield part;
      }
      return;
    } catch (error) {
      if (options.signal.aborted || i === endpoints.length - 1) throw error;
      mirrorFailed(wire, repository, endpoint, error);
    }
  }
}
