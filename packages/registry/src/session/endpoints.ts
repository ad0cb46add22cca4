import type { RegistryCallOptions, Repository } from '@wharf/engine/ports';
import { repositoryScope } from '../auth/scopes.js';
import type { Endpoint } from '../net/places.js';
import { openSession } from './session.js';
import type { Session } from './session.js';
import type { Wire } from './wire.js';

/** Runs `work` at each mirror and at last at the registry itself, whose failure is the one reported. */
export async function atEndpoints<T>(
  wire: Wire,
  repository: Repository,
  options: RegistryCallOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const endpoints = await wire.places.forPull(repository);
  for (const endpoint of endpoints.slice(0, -1)) {
    if (!wire.health.isUp(endpoint)) continue;
    try {
      return await work(await pullSession(wire, endpoint, options));
    } catch (error) {
      if (options.signal.aborted) throw error;
      mirrorFailed(wire, repository, endpoint, error);
    }
  }
  return work(await pullSession(wire, endpoints.at(-1)!, options));
}

export function pullSession(
  wire: Wire,
  endpoint: Endpoint,
  options: RegistryCallOptions,
): Promise<Session> {
  const scopes = [repositoryScope({ path: endpoint.repository }, 'pull')];
  return openSession(wire, endpoint, options, scopes);
}

export function mirrorFailed(
  wire: Wire,
  { domain }: Repository,
  mirror: Endpoint,
  error: unknown,
): void {
  wire.health.failed(mirror, error);
  wire.onMirrorFailure({ registry: domain, mirror: mirror.name, error });
}
