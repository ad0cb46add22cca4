import type { ContainerId } from '@wharf/core';
import { readCidr } from './address.js';
import type { NetworkContext } from './context.js';
import { addressOf, gatewayEndpoint, gatewayOf, type LiveEndpoint } from './gateway.js';
import type { InterfaceSpec, SandboxRoute } from './ports.js';
import { segmentName } from './segment-name.js';

const defaultMtu = 1500;
const sysctlOption = 'com.docker.network.endpoint.sysctls';

/** ifalias of what is ours in the kernel. */
export function ownerOf(daemonId: string, id = ''): string {
  return `wharf:${daemonId}:${id}`;
}

/** An interface as the kernel shall have it. */
export function interfaceSpec(
  { daemonId, defaults }: NetworkContext,
  id: ContainerId,
  live: LiveEndpoint,
): InterfaceSpec {
  const { network, options, lease, endpoint } = live;
  const kind = network.spec.driver === 'macvlan' || network.spec.driver === 'ipvlan';
  return {
    kind: kind ? (network.spec.driver as 'macvlan' | 'ipvlan') : 'bridge',
    parent: kind ? options.parent : segmentName(network, lease.segment ?? 0),
    mode: options.mode,
    name: lease.interfaceName,
    hostName: lease.hostName,
    alias: ownerOf(daemonId, id),
    macAddress: lease.macAddress,
    mtu: mtuOf(options.mtu, defaults.mtu),
    addresses: addressesOf(live),
    isolated: !options.icc,
    ipv6: network.spec.ipv6,
    sysctls: sysctls(endpoint.asked.driverOptions[sysctlOption] ?? '', lease.interfaceName),
  };
}

export function mtuOf(asked: number, fallback: number): number {
  if (asked > 0) return asked;
  return fallback > 0 ? fallback : defaultMtu;
}

/** Default routes of both families; addresses bring the others. */
export function routesOf(endpoints: readonly LiveEndpoint[]): readonly SandboxRoute[] {
  return ([4, 6] as const).flatMap((family) => {
    const live = gatewayEndpoint(endpoints, family);
    if (live === undefined) return [];
    const onLink = live.network.spec.driver === 'ipvlan' && live.options.mode !== 'l2';
    const via = onLink ? '' : gatewayOf(live.network, family);
    const destination = family === 4 ? '0.0.0.0/0' : '::/0';
    return [{ destination, via, interfaceName: live.lease.interfaceName }];
  });
}

/** Of the network's pools: the one that the address is from. */
export function prefixLength(live: LiveEndpoint, family: 4 | 6): number {
  const pool = live.network.spec.ipam.pools.find(
    ({ subnet }) => subnet.includes(':') === (family === 6),
  );
  return readCidr(pool?.subnet ?? '')?.prefixLength ?? 0;
}

function addressesOf(live: LiveEndpoint): readonly string[] {
  const own = ([4, 6] as const).flatMap((family) => {
    const address = addressOf(live.lease, family);
    return address === '' ? [] : [`${address}/${prefixLength(live, family)}`];
  });
  const linkLocal = live.endpoint.asked.linkLocalAddresses.map(
    (address) => `${address}/${address.includes(':') ? 64 : 16}`,
  );
  return [...own, ...linkLocal];
}

/** net.ipv4.conf.IFNAME.log_martians=1,... as docker takes them. */
function sysctls(text: string, interfaceName: string): Readonly<Record<string, string>> {
  const entries = text.split(',').flatMap((part) => {
    const equals = part.indexOf('=');
    if (equals < 0) return [];
    const key = part.slice(0, equals).replace('IFNAME', interfaceName);
    return [[key, part.slice(equals + 1)] as const];
  });
  return Object.fromEntries(entries);
}
