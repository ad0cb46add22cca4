import type { CallOptions } from '@wharf/core';
import type { HostRoute } from '@wharf/engine/ports';
import { decodeAddress, getAddresses } from '../netlink/address.js';
import {
  RTN_BLACKHOLE,
  RTN_PROHIBIT,
  RTN_UNICAST,
  RTN_UNREACHABLE,
  RT_TABLE_LOCAL,
} from '../netlink/constants.js';
import { networkOf, parsePrefix, prefixText } from '../netlink/ip.js';
import { decodeRoute, getRoutes, type Route } from '../netlink/route.js';
import type { HostLink } from './host-link.js';

const types = [RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT];

/**
 * Networks of addresses and destinations of routes, of any table, each once. Without defaults, loopback, link-local and
 * multicast; interfaceName is '' for routes that lead nowhere.
 */
export async function hostRoutes(
  host: HostLink,
  options: CallOptions,
): Promise<readonly HostRoute[]> {
  const links = await host.links(options);
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const addresses = await host.run([getAddresses()], options);
  const routes = [
    ...(await host.run([getRoutes('ipv4')], options)),
    ...(await host.run([getRoutes('ipv6')], {
      ...options,
      tolerated: ['EAFNOSUPPORT', 'ENOTSUP'],
    })),
  ];
  const found = new Map<string, HostRoute>();
  const add = (cidr: string, index: number): void => {
    const destination = prefixText(networkOf(parsePrefix(cidr)));
    const interfaceName = names.get(index) ?? '';
    if (isSpecial(destination) || interfaceName === 'lo') return;
    found.set(`${destination} ${interfaceName}`, { destination, interfaceName });
  };
  for (const address of addresses.map(decodeAddress)) {
    if (address !== undefined) add(address.address, address.index);
  }
  for (const route of routes.map(decodeRoute)) {
    if (route !== undefined && isReal(route)) add(route.destination, route.index);
  }
  return [...found.values()];
}

function isReal({ type, table, cloned, destination }: Route): boolean {
  const isDefault = destination === '0.0.0.0/0' || destination === '::/0';
  return types.includes(type) && table !== RT_TABLE_LOCAL && !cloned && !isDefault;
}

/** fe80::/10 and ff00::/8, which every interface has. */
function isSpecial(destination: string): boolean {
  return /^(?:fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:)/.test(destination);
}
