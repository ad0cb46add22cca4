import type { IncomingMessage } from 'node:http';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  printable,
  UnavailableError,
} from '@wharf/core';
import { shownUrl } from '../fault.js';
import { exchange } from './exchange.js';
import type { Wire } from './exchange.js';

const redirects = new Set([301, 302, 303, 307, 308]);

export interface Address {
  /** Without user, password and fragment. */
  readonly url: URL;
  /** For its origin alone. */
  readonly authorization: string | undefined;
}

export interface Followed {
  readonly body: IncomingMessage;
  readonly url: URL;
  /** Undefined after a change of origin. */
  readonly authorization: string | undefined;
}

/**
 * An address that a user wrote; a user and password in it become authorization.
 * @throws InvalidArgumentError
 */
export function parseHttpUrl(text: string, authorization: string | undefined): Address {
  const url = URL.parse(text);
  if (url === null)
    throw new InvalidArgumentError('this is no address: write it as https://HOST/PATH');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new InvalidArgumentError(
      `${printable(url.protocol)} is no source: only https and http are fetched`,
    );
  }
  if (authorization !== undefined && !/^[\x20-\x7e]{1,16384}$/.test(authorization)) {
    throw new InvalidArgumentError('the authorization has characters that a header cannot have');
  }
  const own = basicOf(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, authorization: authorization ?? own };
}

function basicOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  try {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(user).toString('base64')}`;
  } catch (cause) {
    throw new InvalidArgumentError('the user in the address is not URL-encoded', { cause });
  }
}

/**
 * A GET that follows redirects. Authorization is dropped for good at the first change of origin. Refused: other schemes, a
 * user in the address, https to http for a request that had authorization. Every hop is checked as the first was.
 */
export async function getFollowing(
  { url: first, authorization: given }: Address,
  headers: Readonly<Record<string, string>>,
  wire: Wire,
  signal: AbortSignal,
): Promise<Followed> {
  let url = first;
  let authorization = given;
  for (let hops = 0; hops <= wire.limits.redirects; hops++) {
    const own = authorization === undefined ? {} : { authorization };
    const body = await exchange(url, { ...headers, ...own }, wire, signal);
    if (!redirects.has(body.statusCode ?? 0)) return { body, url, authorization };
    body.destroy();
    url = nextUrl(url, body.headers.location, given !== undefined);
    if (url.origin !== first.origin) authorization = undefined;
  }
  const text = `${first.host} redirects more than ${wire.limits.redirects} times`;
  throw new UnavailableError(text, { facts: { host: first.host } });
}

function nextUrl(from: URL, location: string | undefined, authorized: boolean): URL {
  const refused = (what: string): FailedPreconditionError =>
    new FailedPreconditionError(`${from.host} redirects ${what}: refused`, {
      facts: { host: from.host },
    });
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null) throw refused('without a valid address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`to ${printable(url.protocol)}, only http and https are followed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(`to ${url.host} with a user in the address`);
  }
  if (authorized && from.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(`from https to ${shownUrl(url)} although there is authorization`);
  }
  url.hash = '';
  return url;
}
