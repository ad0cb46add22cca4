import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { localNetworks, metadataNetworks, WharfError } from '@wharf/core';
import { Nets } from './nets.js';

/** Tells addresses of this host, of its link and of metadata services from all others (R16). */
export class LocalAddresses {
  readonly #nets = new Nets([...localNetworks, ...metadataNetworks]);

  has(address: string): boolean {
    return this.#nets.has(address.split('%')[0] ?? address);
  }

  /** Whether a name says by itself that it is local: such an address, or `localhost`. */
  isLocalName(hostname: string): boolean {
    if (isIP(hostname) !== 0) return this.has(hostname);
    return hostname === 'localhost' || hostname.endsWith('.localhost');
  }

  /** A `lookup` for net.connect that fails when the name leads to such an address. */
  guardedLookup(shownHost: string): LookupFunction {
    return lookupThatRefuses(
      (address) => this.has(address),
      (address) => refusedAddress(shownHost, address),
    );
  }
}

/** A `lookup` for net.connect that fails when the name leads to any address outside of `nets`. */
export function lookupWithin(nets: Nets, shownHost: string): LookupFunction {
  return lookupThatRefuses(
    (address) => !nets.has(address),
    (address) =>
      new WharfError(
        'failed-precondition',
        `${shownHost} (${address}) is outside of the insecure networks: refused, it was inside a moment ago`,
        { facts: { host: shownHost, address } },
      ),
  );
}

function lookupThatRefuses(
  refuses: (address: string) => boolean,
  failure: (address: string) => WharfError,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => refuses(address));
      if (refused !== undefined) return callback(failure(refused.address), '', 0);
      if (options.all === true) return callback(null, addresses);
      const first = addresses[0];
      callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

export function refusedAddress(host: string, address: string): WharfError {
  const where = host.startsWith(address) ? '' : ` (${address})`;
  return new WharfError(
    'failed-precondition',
    `${host}${where} is a local address: refused, name ${host} among the daemon's registries if it is meant (--insecure-registry for plain http; a directory of certs.d, or allow-local, for https)`,
    { facts: { host, address } },
  );
}
