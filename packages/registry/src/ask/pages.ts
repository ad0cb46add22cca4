import { DataLossError, FailedPreconditionError } from '@wharf/core';
import type { JsonObject } from '@wharf/oci';
import { maxDocumentBytes, parseJson } from '@wharf/oci';
import { printable } from '../fault.js';
import { readAll } from '../http/body.js';
import { statusFailure } from '../http/failure.js';
import type { RedirectedAnswer } from '../http/redirect.js';
import { retrying } from '../http/retry.js';
import type { Session } from '../session/session.js';
import { parseNextLink } from './link.js';

/** Pages of one list; a registry that goes on for ever is stopped here at the latest. */
const maxPages = 1000;

export interface PagesWanted {
  /** Below `/v2/<repository>/`. */
  readonly to: string;
  readonly what: string;
  readonly accept: string;
  /** A status beside 200 that ends the list without being a failure. */
  readonly none?: number;
}

export interface Page {
  readonly bytes: Uint8Array;
  readonly answer: RedirectedAnswer;
}

/**
 * The pages of a list, by the `Link: rel=next` of each. The next page must be at the registry itself,
 * and no page is fetched twice. Yields nothing when the first answer has the status `none`.
 */
export async function* pages(
  session: Session,
  wanted: PagesWanted,
): AsyncGenerator<Page, void, undefined> {
  const seen = new Set<string>();
  let to: string | URL = wanted.to;
  for (let i = 0; i < maxPages; i++) {
    const here: string | URL = to;
    const page = await retrying(session.limits, session.signal, () => load(session, here, wanted));
    if (page === undefined) return;
    yield page;
    const next = nextPage(session, page.answer);
    if (next === undefined || seen.has(next.href)) return;
    seen.add(next.href);
    to = next;
  }
}

async function load(
  session: Session,
  to: string | URL,
  { what, accept, none }: PagesWanted,
): Promise<Page | undefined> {
  const { transport } = session.wire;
  const answer = await session.send({ method: 'GET', to, headers: { accept } });
  if (answer.status === 200) {
    const bytes = await readAll(answer, transport, maxDocumentBytes, session.signal);
    return { bytes, answer };
  }
  const { name } = session.endpoint;
  const failure = await statusFailure(answer, transport, session.signal, { name, what });
  if (answer.status === none) return undefined;
  throw failure;
}

function nextPage(session: Session, answer: RedirectedAnswer): URL | undefined {
  const link = parseNextLink(answer.headers.link);
  if (link === undefined || answer.foreign) return undefined;
  const { name } = session.endpoint;
  const url = URL.parse(link, answer.url.href);
  if (url !== null && url.origin === session.subject.registry.origin && url.username === '') {
    url.hash = '';
    return url;
  }
  const where = url === null ? 'nowhere' : printable(`${url.protocol}//${url.host}`);
  throw new FailedPreconditionError(`${name} puts the next page of a list at ${where}: refused`, {
    facts: { host: name },
  });
}

/** @throws DataLossError for what is no JSON object */
export function objectIn(bytes: Uint8Array, name: string, what: string): JsonObject {
  let cause: unknown;
  try {
    const json = parseJson(bytes, { maxBytes: maxDocumentBytes });
    if (json instanceof Map) return json as JsonObject;
  } catch (error) {
    cause = error;
  }
  throw new DataLossError(`${name}: the ${what} is no valid document`, {
    cause,
    facts: { host: name },
  });
}
