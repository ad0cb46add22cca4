import { DataLossError, InvalidArgumentError, isWharfError } from '@wharf/core';
import type { RegistryCallOptions, Repository } from '@wharf/engine/ports';
import { parseReference, withTag } from '@wharf/oci';
import { repositoryScope } from '../auth/scopes.js';
import { openSession } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { objectIn, pages } from './pages.js';

const defaultLimit = 10_000;
/** Asked for in one page; a registry may give fewer. */
const pageSize = 1000;

/** What `RegistryWritePort.listTags` promises. */
export async function listTags(
  wire: Wire,
  repository: Repository,
  options: RegistryCallOptions & { readonly limit?: number },
): Promise<readonly string[]> {
  const limit = options.limit ?? defaultLimit;
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidArgumentError(`invalid limit ${limit}: it must be at least 1`);
  }
  const endpoint = await wire.places.origin(repository);
  const scopes = [repositoryScope({ path: endpoint.repository }, 'pull')];
  const session = await openSession(wire, endpoint, options, scopes);
  const what = `list of tags of ${repository.domain}/${repository.path}`;
  const to = `tags/list?n=${Math.min(limit, pageSize)}`;
  const tags = new Set<string>();
  for await (const { bytes } of pages(session, { to, what, accept: 'application/json' })) {
    const before = tags.size;
    for (const tag of tagsIn(bytes, endpoint.name, what)) {
      if (tags.size < limit) tags.add(tag);
    }
    if (tags.size >= limit || tags.size === before) break;
  }
  return [...tags];
}

function tagsIn(bytes: Uint8Array, name: string, what: string): readonly string[] {
  const list: unknown = objectIn(bytes, name, what).get('tags') ?? [];
  if (Array.isArray(list) && list.every(isTag)) return list;
  throw new DataLossError(`${name}: the ${what} has entries that are no tags`, {
    facts: { host: name },
  });
}

const anyName = parseReference('example.invalid/x');

function isTag(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    withTag(anyName, value);
    return true;
  } catch (error) {
    if (isWharfError(error)) return false;
    throw error;
  }
}
