import { DataLossError, InvalidArgumentError, WharfError } from '@wharf/core';
import type { RegistryCallOptions, RegistrySearchResult } from '@wharf/engine/ports';
import { maxDocumentBytes } from '@wharf/oci';
import { printable } from '../fault.js';
import { readAll } from '../http/body.js';
import { statusFailure } from '../http/failure.js';
import { retrying } from '../http/retry.js';
import { openSession } from '../session/session.js';
import type { Session } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { objectIn } from './pages.js';

const defaultLimit = 25;
const maxLimit = 100;
const maxTerm = 256;
const maxName = 255;
const maxDescription = 1000;

/** What `RegistryWritePort.search` promises (Docker Hub's search of the first registry API). */
export async function search(
  wire: Wire,
  registry: string,
  term: string,
  options: RegistryCallOptions & { readonly limit?: number },
): Promise<readonly RegistrySearchResult[]> {
  const limit = options.limit ?? defaultLimit;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new InvalidArgumentError(`invalid limit ${limit}: it must be from 1 to ${maxLimit}`);
  }
  if (term.trim() === '' || term.length > maxTerm) {
    throw new InvalidArgumentError(`invalid search term: give 1 to ${maxTerm} characters`);
  }
  const endpoint = await wire.places.registry(registry, true);
  const session = await openSession(wire, endpoint, options, []);
  const query = new URLSearchParams({ q: term, n: String(limit) });
  const to = new URL(`${endpoint.base}/v1/search?${query.toString()}`);
  const bytes = await retrying(session.limits, session.signal, () => load(session, to));
  return resultsIn(bytes, endpoint.name).slice(0, limit);
}

async function load(session: Session, to: URL): Promise<Uint8Array> {
  const { transport } = session.wire;
  const answer = await session.send({ method: 'GET', to, headers: { accept: 'application/json' } });
  if (answer.status === 200) {
    return readAll(answer, transport, maxDocumentBytes, session.signal);
  }
  const { name } = session.endpoint;
  const asked = { name, what: 'search' };
  const failure = await statusFailure(answer, transport, session.signal, asked);
  if (answer.status !== 404) throw failure;
  throw new WharfError('unimplemented', `${name} cannot be searched: it has no search API`, {
    cause: failure,
    facts: { host: name },
  });
}

function resultsIn(bytes: Uint8Array, name: string): readonly RegistrySearchResult[] {
  const list: unknown = objectIn(bytes, name, 'search result').get('results') ?? [];
  if (!Array.isArray(list)) {
    throw new DataLossError(`${name}: the search result is no list`, { facts: { host: name } });
  }
  return list.filter((item) => item instanceof Map).map(resultOf);
}

function resultOf(item: ReadonlyMap<unknown, unknown>): RegistrySearchResult {
  const text = (key: string, length: number): string => {
    const value = item.get(key);
    return typeof value === 'string' ? printable(value, length) : '';
  };
  const stars = item.get('star_count');
  return {
    name: text('name', maxName),
    description: text('description', maxDescription),
    stars: typeof stars === 'number' && stars > 0 ? stars : 0,
    official: item.get('is_official') === true,
    automated: item.get('is_automated') === true,
  };
}
