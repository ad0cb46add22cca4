import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { WharfError } from '@wharf/core';
import type { Nets } from './nets.js';

const subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // NAT64 (RFC 6052) and 6to4 (RFC 3056) forms of the above.
  ['64:ff9b::', 104, 'ipv6'],
  ['64:ff9b::7f00:0', 104, 'ipv6'],
  ['64:ff9b::a9fe:0', 112, 'ipv6'],
  ['2002:7f00::', 24, 'ipv6'],
  ['2002:a9fe::', 32, 'ipv6'],
];

/** Metadata services outside of link-local: Alibaba, Oracle, Azure, AWS. */
const metadata: readonly (readonly [string, 'ipv4' | 'ipv6'])[] = [
  ['100.100.100.200', 'ipv4'],
  ['192.0.0.192', 'ipv4'],
  ['168.63.129.16', 'ipv4'],
  ['fd00:ec2::254', 'ipv6'],
];

/** Tells addresses of this host, of its link and of metadata services from all others (R16). */
export class LocalAddresses {
  readonly #list = new BlockList();

  constructor() {
    for (const [net, prefix, family] of subnets) this.#list.addSubnet(net, prefix, family);
    for (const [address, family] of metadata) this.#list.addAddress(address, family);
  }

  has(address: string): boolean {
    const bare = address.split('%')[0] ?? address;
    return this.#list.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
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
