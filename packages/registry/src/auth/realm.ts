import { FailedPreconditionError } from '@wharf/core';
import { printable } from '../fault.js';

/**
 * The address of the token server that a challenge names. https may be anywhere; plain http only at the
 * registry's own host and port, when that is plain itself because the operator said so (R16).
 * @throws FailedPreconditionError for every other address
 */
export function realmUrl(realm: string | undefined, registry: URL): URL {
  const url = realm === undefined || realm.length > 4096 ? null : URL.parse(realm);
  if (url === null) throw refused(registry, 'without a valid address');
  const shown = printable(`${url.protocol}//${url.host}`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(registry, `at ${shown}`);
  if (url.username !== '' || url.password !== '') {
    throw refused(registry, `at ${shown} with a user name in the address`);
  }
  if (url.protocol === 'http:' && url.origin !== registry.origin) {
    throw refused(registry, `at ${shown}, which would send them unprotected`);
  }
  url.hash = '';
  return url;
}

function refused(registry: URL, what: string): FailedPreconditionError {
  return new FailedPreconditionError(
    `${registry.host} asks for credentials to a token server ${what}: refused`,
    { facts: { host: registry.host } },
  );
}
