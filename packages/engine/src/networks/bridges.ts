import type { CallOptions } from '@wharf/core';
import type { NetworkContext } from './context.js';
import { readCidr } from './address.js';
import { readOptions } from './options.js';
import { mtuOf, ownerOf } from './plan.js';
import type { NetworkRecord } from './records.js';

/** The bridge of a network as the kernel shall have it, and the switches without which it does not forward. */
export async function ensureBridge(
  context: NetworkContext,
  network: NetworkRecord,
  { signal }: CallOptions,
): Promise<void> {
  if (network.bridgeName === '') return;
  const { network: port } = context.ports;
  const options = readOptions(network.spec);
  await port.ensureBridge(
    {
      name: network.bridgeName,
      mtu: mtuOf(options.mtu, context.defaults.mtu),
      addresses: bridgeAddresses(network),
      isolated: !options.icc,
      owner: ownerOf(context.daemonId, network.id),
      ipv6: network.spec.ipv6,
    },
    { signal },
  );
  const conf = `net/ipv4/conf/${network.bridgeName}`;
  // The host's own loopback address is translated on its way to a published port, and back (ip-sysctl).
  await port.setSysctl(`${conf}/route_localnet`, '1');
  // The source check of rp_filter asks the same rules of routing as the packet itself.
  await port.setSysctl(`${conf}/src_valid_mark`, '1');
  await port.setSysctl('net.ipv4.ip_forward', '1');
  if (network.spec.ipv6) await port.setSysctl('net.ipv6.conf.all.forwarding', '1');
}

function bridgeAddresses(network: NetworkRecord): readonly string[] {
  const options = readOptions(network.spec);
  return network.spec.ipam.pools
    .filter(({ subnet }) => {
      const ipv6 = subnet.includes(':');
      const mode = ipv6 ? options.gatewayMode6 : options.gatewayMode4;
      return mode !== 'isolated' && !(options.inhibitIpv4 && !ipv6);
    })
    .map(({ subnet, gateway }) => `${gateway}/${readCidr(subnet)?.prefixLength ?? 32}`);
}
