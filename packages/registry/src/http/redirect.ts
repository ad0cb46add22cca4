import { FailedPreconditionError, UnavailableError } from '@wharf/core';
import { printable } from '../fault.js';
import { readSmall } from './body.js';
import type { Hosts } from '../net/hosts.js';
import type { HttpAnswer, HttpRequest, Transport } from './transport.js';

const redirects = new Set([301, 302, 303, 307, 308]);

export interface RedirectedAnswer extends HttpAnswer {
  /** It came from another origin than was asked, so a 401 is no challenge of the registry. */
  readonly foreign: boolean;
}

/**
 * Sends a GET or HEAD and follows redirects. Authorization is dropped for good at the first change of
 * origin. Refused: schemes but http and https, https to http, plain http that nobody asked for by name,
 * a user in the URL. Local addresses are the connector's to refuse.
 */
export async function sendFollowing(
  transport: Transport,
  hosts: Hosts,
  wanted: HttpRequest,
  signal: AbortSignal,
): Promise<RedirectedAnswer> {
  const { origin, host } = wanted.url;
  let { url, headers } = wanted;
  let foreign = false;
  for (let hops = 0; hops <= transport.limits.redirects; hops++) {
    const answer = await transport.send({ ...wanted, url, headers }, signal);
    if (!redirects.has(answer.status)) return { ...answer, foreign };
    await readSmall(answer, transport, signal);
    url = nextUrl(url, answer.headers.location, hosts);
    if (url.origin === origin) continue;
    foreign = true;
    headers = Object.fromEntries(Object.entries(headers).filter(([k]) => k !== 'authorization'));
  }
  throw new UnavailableError(`${host} redirects more than ${transport.limits.redirects} times`, {
    facts: { host },
  });
}

function nextUrl(from: URL, location: string | undefined, hosts: Hosts): URL {
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null) throw refused(from, 'without a valid address');
  const shown = printable(`${url.protocol}//${url.host}`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(from, `to ${shown}: only http and https are followed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(from, `to ${shown} with a user name in the address`);
  }
  if (url.protocol === 'http:' && from.protocol === 'https:') {
    throw refused(from, `from https to ${shown}`);
  }
  if (url.protocol === 'http:' && !hosts.allowsPlain(url)) {
    throw refused(from, `to ${shown}: name ${url.host} as an insecure registry if that is meant`);
  }
  url.hash = '';
  return url;
}

function refused(from: URL, what: string): FailedPreconditionError {
  return new FailedPreconditionError(`${from.host} redirects ${what}: refused`, {
    facts: { host: from.host },
  });
}
