import { createHash } from 'node:crypto';
import { readAddress } from './address.js';
import type { NetworkContext } from './context.js';
import { readOptions } from './options.js';
import type { NetworkRecord } from './records.js';
import { chooseSegment } from './segments.js';
import type { EndpointRecord, Lease } from './sandbox-record.js';

const nameOption = 'com.docker.network.endpoint.ifname';

/** Addresses and names for an endpoint; `taken` are interfaces that the container has already. */
export function makeLease(
  context: NetworkContext,
  network: NetworkRecord,
  endpoint: EndpointRecord,
  taken: ReadonlySet<string>,
): Lease {
  const segment = network.bridgeName === '' ? 0 : chooseSegment(context, network);
  const given = context.addresses.give(network, endpoint.asked, endpoint.previous);
  const wanted = endpoint.asked.driverOptions[nameOption] ?? '';
  const { interfacePrefix } = readOptions(network.spec);
  return {
    ...given,
    macAddress:
      endpoint.asked.macAddress === ''
        ? macAddress(given.ipv4Address, endpoint.endpointId)
        : endpoint.asked.macAddress.toLowerCase(),
    interfaceName: wanted === '' ? freeName(interfacePrefix, taken) : wanted,
    hostName: `wv${endpoint.endpointId.slice(0, 12)}`,
    ...(segment === 0 ? {} : { segment }),
  };
}

function freeName(prefix: string, taken: ReadonlySet<string>): string {
  let number = 0;
  while (taken.has(`${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

/**
 * Locally administered, unicast (IEEE 802). Made of the IPv4 address where there is one, so that the ARP caches of the
 * neighbours stay right when an address goes from one container to another.
 */
function macAddress(ipv4: string, endpointId: string): string {
  const address = readAddress(ipv4);
  const tail =
    address === undefined
      ? createHash('sha256').update(endpointId).digest('hex').slice(0, 8)
      : address.value.toString(16).padStart(8, '0');
  return `02:57:${tail.replace(/(..)(?=.)/g, '$1:')}`;
}
