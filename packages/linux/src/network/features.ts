import { existsSync } from 'node:fs';
import {
  AF_INET,
  AF_NETLINK,
  IPPROTO_SCTP,
  NETLINK_NETFILTER,
  SOCK_RAW,
  SOCK_STREAM,
  type Native,
} from '@wharf/linux/native';
import { Space } from './namespaces/space.js';
import { createBridge, createIpvlan, createMacvlan, createVeth } from './netlink/link.js';

/** Whether this kernel has IPv6, said by what is there as long as it has. */
export function hasIpv6(): boolean {
  return existsSync('/proc/sys/net/ipv6/conf/all/disable_ipv6');
}

/**
 * What this kernel has of bridge, veth, macvlan, ipvlan, ipv6, sctp and nft, found by trying in a namespace that nobody
 * sees: a module that can be loaded counts.
 */
export async function probeFeatures(native: Native): Promise<ReadonlySet<string>> {
  const signal = AbortSignal.timeout(20_000);
  using space = await Space.create(native);
  const first = Math.max(...space.firstLinks.map(({ index }) => index)) + 1;
  const tries = [
    [
      'veth',
      createVeth({ name: 'probe0', index: first, peer: { name: 'probe1', index: first + 1 } }),
    ],
    ['bridge', createBridge({ name: 'probe2' })],
    ['macvlan', createMacvlan({ name: 'probe3', parent: first }, 'bridge')],
    ['ipvlan', createIpvlan({ name: 'probe4', parent: first + 1 }, 'l2')],
  ] as const;
  const { refusals } = await space.channel.ask(
    tries.map(([, request]) => request),
    { signal },
  );
  const found = new Set<string>(
    tries.filter((_, position) => !refusals.has(position)).map(([name]) => name),
  );
  if (hasIpv6()) found.add('ipv6');
  if (await opens(native, space.fd, [AF_INET, SOCK_STREAM, IPPROTO_SCTP])) found.add('sctp');
  if (await opens(native, space.fd, [AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER])) found.add('nft');
  return found;
}

async function opens(
  native: Native,
  namespace: number,
  [domain, type, protocol]: readonly [number, number, number],
): Promise<boolean> {
  try {
    native.close(await native.socketInNetns(namespace, domain, type, protocol));
    return true;
  } catch {
    return false;
  }
}
