import { FailedPreconditionError, UnavailableError } from '@wharf/core';
import { printable } from '../fault.js';
import { readSmall } from './body.js';
import type { Hosts } from '../net/hosts.js';
import type { HttpAnswer, HttpRequest, Transport } from './transport.js';

const redirects = new Set([301, 302, 303, 307, 308]);
const faithful = new Set([307, 308]);

function follows(method: HttpRequest['method'], status: number): boolean {
  return (method === 'GET' || method === 'HEAD' ? redirects : faithful).has(status);
}

export interface RedirectedAnswer extends HttpAnswer {
  /** It came from another origin than was asked, so a 401 is no challenge of the registry. */
  readonly foreign: boolean;
}

/**
 * Sends a request and follows redirects, those of a writing request only where they keep method and body (307,
 * 308). Authorization is dropped for good at the first change of origin. Refused: schemes but http and https, https to http, plain http that nobody asked for by name,
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
    if (!follows(wanted.method, answer.status)) return { ...answer, foreign };
    await readSmall(answer, transport, signal);
    url = nextUrl(url, answer.headers.location, hosts, 'redirects');
    if (url.origin === origin) continue;
    foreign = true;
    headers = Object.fromEntries(Object.entries(headers).filter(([k]) => k !== 'authorization'));
  }
  throw new UnavailableError(`${host} redirects more than ${transport.limits.redirects} times`, {
    facts: { host },
  });
}

/**
 * The address that an answer sends the client to, if it may go there.
 * @param does what the answering host does with it, for messages: `redirects`
 * @throws FailedPreconditionError
 */
export function nextUrl(from: URL, location: string | undefined, hosts: Hosts, does: string): URL {
  const refused = (what: string): FailedPreconditionError =>
    new FailedPreconditionError(`${from.host} ${does} ${what}: refused`, {
      facts: { host: from.host },
    });
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null) throw refused('without a valid address');
  const shown = printable(`${url.protocol}//${url.host}`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`to ${shown}: only http and https are followed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(`to ${shown} with a user name in the address`);
  }
  if (url.protocol === 'http:' && from.protocol === 'https:') {
    throw refused(`from https to ${shown}`);
  }
  if (url.protocol === 'http:' && !hosts.allowsPlain(url)) {
    throw refused(`to ${shown}: name ${url.host} as an insecure registry if that is meant`);
  }
  url.hash = '';
  return url;
}
