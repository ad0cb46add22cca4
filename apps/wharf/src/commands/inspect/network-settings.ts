import type { Container, EndpointSpec, NetworkEndpoint } from '@wharf/core';
import { boundPorts } from './ports.js';
import { emptyToNull, mapOf } from './values.js';

const noAddress = {
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
};

/** The NetworkSettings of docker's inspect: what the container has of networks now. */
export function networkSettings(container: Container): object {
  const { networks, ports, sandboxKey, id } = container;
  const onDefault = networks.find(({ networkName }) => networkName === 'bridge');
  return {
    Bridge: '',
    SandboxID: sandboxKey === '' ? '' : id,
    SandboxKey: sandboxKey,
    Ports: sandboxKey === '' ? {} : boundPorts(ports),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // Docker repeats here what the default bridge gave, and nothing of other networks.
    EndpointID: onDefault?.endpointId ?? '',
    ...addresses(onDefault),
    MacAddress: onDefault?.macAddress ?? '',
    Networks: networksOf(container),
  };
}

function networksOf({ networks, resolved }: Container): ReadonlyMap<string, object> {
  const mode = resolved.networkMode;
  if (networks.length > 0) {
    return new Map(networks.map((endpoint) => [endpoint.networkName, endpointOf(endpoint)]));
  }
  // Of the networks with addresses it has left the last.
  return new Map(mode === 'host' || mode === 'none' ? [[mode, noEndpoint]] : []);
}

const noEndpoint = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: '',
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: '',
  EndpointID: '',
  ...noAddress,
  DNSNames: null,
};

function endpointOf(endpoint: NetworkEndpoint): object {
  const { asked, driverOptions, dnsNames } = endpoint;
  return {
    IPAMConfig: askedAddresses(asked),
    Links: null,
    Aliases: emptyToNull(asked.aliases),
    MacAddress: endpoint.macAddress,
    DriverOpts: Object.keys(driverOptions).length === 0 ? null : mapOf(driverOptions),
    GwPriority: endpoint.gatewayPriority,
    NetworkID: endpoint.networkId,
    EndpointID: endpoint.endpointId,
    ...addresses(endpoint),
    DNSNames: emptyToNull(dnsNames),
  };
}

function addresses(endpoint: NetworkEndpoint | undefined): typeof noAddress {
  if (endpoint === undefined) return noAddress;
  return {
    Gateway: endpoint.gateway,
    IPAddress: endpoint.ipv4Address,
    IPPrefixLen: endpoint.ipv4PrefixLength,
    IPv6Gateway: endpoint.ipv6Gateway,
    GlobalIPv6Address: endpoint.ipv6Address,
    GlobalIPv6PrefixLen: endpoint.ipv6PrefixLength,
  };
}

function askedAddresses(asked: EndpointSpec): object | null {
  const { ipv4Address, ipv6Address, linkLocalAddresses } = asked;
  const config = {
    ...(ipv4Address === '' ? {} : { IPv4Address: ipv4Address }),
    ...(ipv6Address === '' ? {} : { IPv6Address: ipv6Address }),
    ...(linkLocalAddresses.length === 0 ? {} : { LinkLocalIPs: linkLocalAddresses }),
  };
  return Object.keys(config).length === 0 ? null : config;
}
