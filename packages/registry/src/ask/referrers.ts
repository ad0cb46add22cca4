import { DataLossError, ResourceExhaustedError } from '@wharf/core';
import type { Referrer, RegistryCallOptions, Repository } from '@wharf/engine/ports';
import { digestAlgorithm, digestHex, mediaTypes, parseImageIndex } from '@wharf/oci';
import type { Descriptor, Digest } from '@wharf/oci';
import { repositoryScope } from '../auth/scopes.js';
import { openSession } from '../session/session.js';
import type { Session } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { pages } from './pages.js';

const maxReferrers = 10_000;

/** What `RegistryWritePort.listReferrers` promises (distribution-spec 1.1, listing referrers). */
export async function listReferrers(
  wire: Wire,
  repository: Repository,
  digest: Digest,
  options: RegistryCallOptions & { readonly artifactType?: string },
): Promise<readonly Referrer[]> {
  const endpoint = await wire.places.origin(repository);
  const scopes = [repositoryScope({ path: endpoint.repository }, 'pull')];
  const session = await openSession(wire, endpoint, options, scopes);
  const what = `list of referrers of ${repository.domain}/${repository.path}@${digest}`;
  const { artifactType } = options;
  const query = artifactType ? `?${new URLSearchParams({ artifactType }).toString()}` : '';
  const found =
    (await listAt(session, `referrers/${digest}${query}`, what)) ??
    (await listAt(session, `manifests/${referrersTag(digest)}`, what)) ??
    [];
  const wanted = (referrer: Referrer): boolean =>
    !artifactType || referrer.artifactType === artifactType;
  return found.filter(wanted);
}

/** The tag under which referrers are kept where the API is missing. */
export function referrersTag(digest: Digest): string {
  return `${digestAlgorithm(digest).slice(0, 32)}-${digestHex(digest).slice(0, 64)}`;
}

/** Undefined when the registry has no such thing. */
async function listAt(
  session: Session,
  to: string,
  what: string,
): Promise<readonly Referrer[] | undefined> {
  const found = new Map<Digest, Referrer>();
  let answered = false;
  const wanted = { to, what, accept: mediaTypes.ociIndex, none: 404 };
  for await (const { bytes } of pages(session, wanted)) {
    answered = true;
    for (const entry of entriesOf(bytes, session.endpoint.name, what)) {
      found.set(entry.digest, referrerOf(entry));
    }
    if (found.size > maxReferrers) {
      throw new ResourceExhaustedError(`the ${what} has more than ${maxReferrers} entries`);
    }
  }
  return answered ? [...found.values()] : undefined;
}

function entriesOf(bytes: Uint8Array, name: string, what: string): readonly Descriptor[] {
  try {
    return parseImageIndex(bytes).manifests;
  } catch (cause) {
    throw new DataLossError(`${name}: the ${what} is no valid index`, {
      cause,
      facts: { host: name },
    });
  }
}

function referrerOf({ mediaType, digest, size, artifactType, annotations }: Descriptor): Referrer {
  return {
    mediaType,
    digest,
    size,
    artifactType: artifactType ?? '',
    annotations: annotations ?? {},
  };
}
