import type { IpamPool, Network, NetworkEndpoint } from '@wharf/core';
import { withHidden } from '../../format/template/index.js';
import { mapOf } from './values.js';

/** A network in the shape of docker's inspect. */
export function inspectNetwork(network: Network): object {
  const { id, createdAt, spec, scope, endpoints } = network;
  const { driver, options, pools } = spec.ipam;
  return withHidden(
    {
      Name: spec.name,
      Id: id,
      Created: createdAt.toISOString(),
      Scope: scope,
      Driver: spec.driver,
      EnableIPv4: spec.ipv4,
      EnableIPv6: spec.ipv6,
      IPAM: {
        Driver: driver,
        Options: Object.keys(options).length === 0 && network.builtIn ? null : mapOf(options),
        Config: pools.length === 0 ? null : pools.map(poolOf),
      },
      Internal: spec.internal,
      Attachable: spec.attachable,
      Ingress: false,
      ConfigFrom: { Network: '' },
      ConfigOnly: false,
      Containers: new Map(endpoints.map((endpoint) => [endpoint.containerId, memberOf(endpoint)])),
      Options: mapOf(optionsOf(network)),
      Labels: mapOf(spec.labels),
      ...(network.bridgeName === '' ? {} : { BridgeName: network.bridgeName }),
      ...(spec.egress === undefined
        ? {}
        : { Egress: { Default: spec.egress.default, Allow: spec.egress.allow } }),
    },
    { ID: id },
  );
}

/** Docker says of its default network that it is that, and which interface it has. */
function optionsOf({ builtIn, bridgeName, spec }: Network): Readonly<Record<string, string>> {
  if (!builtIn || bridgeName === '') return spec.options;
  return {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.name': bridgeName,
    ...spec.options,
  };
}

/** What is not set is left out, as docker does. */
function poolOf({ subnet, ipRange, gateway, auxAddresses }: IpamPool): object {
  return {
    Subnet: subnet,
    ...(ipRange === '' ? {} : { IPRange: ipRange }),
    ...(gateway === '' ? {} : { Gateway: gateway }),
    ...(Object.keys(auxAddresses).length === 0 ? {} : { AuxiliaryAddresses: mapOf(auxAddresses) }),
  };
}

function memberOf(endpoint: NetworkEndpoint): object {
  const { ipv4Address, ipv4PrefixLength, ipv6Address, ipv6PrefixLength } = endpoint;
  return {
    Name: endpoint.containerName,
    EndpointID: endpoint.endpointId,
    MacAddress: endpoint.macAddress,
    IPv4Address: ipv4Address === '' ? '' : `${ipv4Address}/${ipv4PrefixLength}`,
    IPv6Address: ipv6Address === '' ? '' : `${ipv6Address}/${ipv6PrefixLength}`,
  };
}
