import { InvalidArgumentError, printable } from '@wharf/core';
import type { IpamPool, IpamSpec, Network, NetworkSpec } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/networks.js';
import {
  egressFromWire,
  egressToWire,
  networkEndpointFromWire,
  networkEndpointToWire,
} from './networking.js';
import { dateFromWire, dateToWire } from './times.js';
import { defined, eachFromWire, recordFromWire, recordToWire, required } from './values.js';

export function networkSpecFromWire(message: wire.NetworkSpec | undefined): NetworkSpec {
  const spec = required(message, 'spec');
  return defined({
    name: spec.name,
    driver: spec.driver,
    internal: spec.internal,
    attachable: spec.attachable,
    ipv4: spec.ipv4,
    ipv6: spec.ipv6,
    labels: recordFromWire(spec.labels, 'labels'),
    options: recordFromWire(spec.options, 'options'),
    ipam: ipamFromWire(spec.ipam),
    egress: egressFromWire(spec.egress),
  });
}

export function networkSpecToWire(spec: NetworkSpec): wire.NetworkSpec {
  const { driver, options, pools } = spec.ipam;
  return {
    ...spec,
    labels: recordToWire(spec.labels),
    options: recordToWire(spec.options),
    ipam: { driver, options: recordToWire(options), pools: pools.map(poolToWire) },
    egress: egressToWire(spec.egress),
  };
}

export function networkFromWire(message: wire.Network | undefined): Network {
  const network = required(message, 'network');
  return {
    id: network.id,
    createdAt: dateFromWire(network.createdAt, 'network.created_at'),
    spec: networkSpecFromWire(network.spec),
    scope: scopeFromWire(network.scope),
    builtIn: network.builtIn,
    bridgeName: network.bridgeName,
    endpoints: network.endpoints.map(networkEndpointFromWire),
  };
}

export function networkToWire(network: Network): wire.Network {
  return {
    ...network,
    createdAt: dateToWire(network.createdAt),
    spec: networkSpecToWire(network.spec),
    endpoints: network.endpoints.map(networkEndpointToWire),
  };
}

function ipamFromWire(ipam: wire.Ipam | undefined): IpamSpec {
  if (ipam === undefined) return { driver: 'default', options: {}, pools: [] };
  return {
    driver: ipam.driver,
    options: recordFromWire(ipam.options, 'ipam.options'),
    pools: eachFromWire(ipam.pools, 'ipam.pools', poolFromWire),
  };
}

function poolFromWire({ subnet, ipRange, gateway, auxAddresses }: wire.IpamPool): IpamPool {
  return {
    subnet,
    ipRange,
    gateway,
    auxAddresses: recordFromWire(auxAddresses, 'ipam.aux_addresses'),
  };
}

function poolToWire(pool: IpamPool): wire.IpamPool {
  return { ...pool, auxAddresses: recordToWire(pool.auxAddresses) };
}

function scopeFromWire(scope: string): Network['scope'] {
  if (scope === 'local') return scope;
  throw new InvalidArgumentError(`unknown scope "${printable(scope)}" of a network`);
}
