import { createHash } from 'node:crypto';
import {
  InvalidArgumentError,
  type CallOptions,
  type IpamPool,
  type NetworkSpec,
} from '@wharf/core';
import { formatCidr, overlaps, parseCidr, readDestination, within, type Cidr } from './address.js';
import type { NetworkContext } from './context.js';
import { describePool, pickSubnet, readPool } from './ipam.js';

const noPool: Omit<IpamPool, 'subnet'> = { ipRange: '', gateway: '', auxAddresses: {} };

/**
 * The pools of a new network: those that it names, checked against other networks and the routes of the host, and one
 * from the daemon's blocks for each family that it wants and names none of.
 */
export async function resolvePools(
  context: NetworkContext,
  spec: NetworkSpec,
  ownBridge: string,
  options: CallOptions,
): Promise<readonly IpamPool[]> {
  const networks = takenByNetworks(context);
  // One that rides on an interface of the host shares the subnet of what it is on.
  const shares = spec.driver === 'macvlan' || spec.driver === 'ipvlan';
  const routes = shares ? [] : await hostRoutes(context, ownBridge, options);
  const named = spec.ipam.pools.map((asked) => {
    if (asked.subnet === '')
      throw new InvalidArgumentError(
        'every ip-range, gateway or aux-address must have a corresponding subnet',
      );
    const pool = readPool(asked);
    refuseOverlap(pool.subnet, networks, routes);
    networks.push(pool.subnet);
    return describePool(asked, pool);
  });
  const taken = [...networks, ...routes];
  const blocks = [...context.defaults.pools, { base: localBlock(context.daemonId), size: 64 }];
  const families = [...(spec.ipv4 ? [4 as const] : []), ...(spec.ipv6 ? [6 as const] : [])];
  const rest = families
    .filter((family) => !named.some(({ subnet }) => subnet.includes(':') === (family === 6)))
    .map((family) => {
      const asked = { ...noPool, subnet: formatCidr(pickSubnet(blocks, family, taken)) };
      return describePool(asked, readPool(asked));
    });
  return [...named, ...rest];
}

function takenByNetworks({ records }: NetworkContext): Cidr[] {
  return records
    .networks()
    .flatMap(({ spec, bridgeName }) =>
      bridgeName === '' ? [] : spec.ipam.pools.map(({ subnet }) => parseCidr(subnet)),
    );
}

async function hostRoutes(
  { ports, records }: NetworkContext,
  ownBridge: string,
  options: CallOptions,
): Promise<readonly Cidr[]> {
  const own = new Set([ownBridge, ...records.networks().map(({ bridgeName }) => bridgeName)]);
  const routes = await ports.network.hostRoutes(options);
  return routes.flatMap(({ destination, interfaceName }) => {
    const cidr = own.has(interfaceName) ? undefined : readDestination(destination);
    return cidr === undefined || cidr.prefixLength === 0 ? [] : [cidr];
  });
}

function refuseOverlap(subnet: Cidr, networks: readonly Cidr[], routes: readonly Cidr[]): void {
  if (networks.some((other) => overlaps(other, subnet)))
    throw new InvalidArgumentError(
      `invalid pool request: Pool overlaps with other one on this address space: ${formatCidr(subnet)} is taken by another network`,
    );
  // A wide route, of a VPN for instance, leaves room for what is named on purpose.
  const route = routes.find((other) => within(subnet, other));
  if (route !== undefined)
    throw new InvalidArgumentError(
      `invalid pool request: ${formatCidr(subnet)} overlaps with the route ${formatCidr(route)} of the host, choose another --subnet`,
    );
}

/** RFC 4193: fd, and 40 bits that no other daemon has. */
function localBlock(daemonId: string): string {
  const hex = createHash('sha256').update(`ula ${daemonId}`).digest('hex').slice(0, 10);
  return `fd${hex.slice(0, 2)}:${hex.slice(2, 6)}:${hex.slice(6, 10)}::/48`;
}
