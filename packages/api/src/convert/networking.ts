import { noNetworking } from '@wharf/core';
import type {
  EgressPolicy,
  EndpointSpec,
  NetworkEndpoint,
  NetworkingSpec,
  PortSpec,
  PublishedPort,
} from '@wharf/core';
import { EgressDefault, PortProtocol, PublishScope } from '../gen/wharf/v1/networking.js';
import type * as wire from '../gen/wharf/v1/networking.js';
import { enumPair } from './enums.js';
import {
  defined,
  eachFromWire,
  integerWithin,
  listFromWire,
  recordFromWire,
  recordToWire,
  required,
} from './values.js';

const lastPort = 65_535;

const protocols = enumPair('protocol of a port', {
  tcp: PortProtocol.TCP,
  udp: PortProtocol.UDP,
  sctp: PortProtocol.SCTP,
});
const scopes = enumPair('publish scope', {
  default: PublishScope.UNSPECIFIED,
  loopback: PublishScope.LOOPBACK,
  lan: PublishScope.LAN,
  any: PublishScope.ANY,
});
const egressDefaults = enumPair('default of an egress policy', {
  allow: EgressDefault.ALLOW,
  deny: EgressDefault.DENY,
});

export function networkingFromWire(networking: wire.Networking | undefined): NetworkingSpec {
  if (networking === undefined) return noNetworking;
  const dns = networking.dns ?? { servers: [], search: [], options: [] };
  return defined({
    endpoints: eachFromWire(networking.endpoints, 'networking.endpoints', endpointSpecFromWire),
    ports: listOfPorts(networking.ports).map(portFromWire),
    publishAll: networking.publishAll,
    publishScope: scopes.fromWire(networking.publishScope),
    exposed: listFromWire(networking.exposed, 'networking.exposed'),
    dns: {
      servers: listFromWire(dns.servers, 'networking.dns.servers'),
      search: listFromWire(dns.search, 'networking.dns.search'),
      options: listFromWire(dns.options, 'networking.dns.options'),
    },
    extraHosts: listFromWire(networking.extraHosts, 'networking.extra_hosts'),
    egress: egressFromWire(networking.egress),
    links:
      networking.links.length === 0
        ? undefined
        : listFromWire(networking.links, 'networking.links'),
  });
}

export function networkingToWire(networking: NetworkingSpec): wire.Networking {
  const { servers, search, options } = networking.dns;
  return {
    endpoints: networking.endpoints.map(endpointSpecToWire),
    ports: networking.ports.map((port) => ({ ...port, protocol: protocols.toWire(port.protocol) })),
    publishAll: networking.publishAll,
    publishScope: scopes.toWire(networking.publishScope),
    exposed: [...networking.exposed],
    dns: { servers: [...servers], search: [...search], options: [...options] },
    extraHosts: [...networking.extraHosts],
    egress: egressToWire(networking.egress),
    links: [...(networking.links ?? [])],
  };
}

export function endpointSpecFromWire(message: wire.Endpoint | undefined): EndpointSpec {
  const endpoint = required(message, 'endpoint');
  return {
    network: endpoint.network,
    aliases: listFromWire(endpoint.aliases, 'endpoint.aliases'),
    ipv4Address: endpoint.ipv4Address,
    ipv6Address: endpoint.ipv6Address,
    linkLocalAddresses: listFromWire(endpoint.linkLocalAddresses, 'endpoint.link_local_addresses'),
    macAddress: endpoint.macAddress,
    driverOptions: recordFromWire(endpoint.driverOptions, 'endpoint.driver_options'),
    gatewayPriority: endpoint.gatewayPriority,
  };
}

export function endpointSpecToWire(endpoint: EndpointSpec): wire.Endpoint {
  return {
    ...endpoint,
    aliases: [...endpoint.aliases],
    linkLocalAddresses: [...endpoint.linkLocalAddresses],
    driverOptions: recordToWire(endpoint.driverOptions),
  };
}

export function networkEndpointFromWire(endpoint: wire.NetworkEndpoint): NetworkEndpoint {
  return {
    ...endpoint,
    aliases: listFromWire(endpoint.aliases, 'endpoint.aliases'),
    dnsNames: listFromWire(endpoint.dnsNames, 'endpoint.dns_names'),
    driverOptions: recordFromWire(endpoint.driverOptions, 'endpoint.driver_options'),
    asked: endpointSpecFromWire(endpoint.asked),
  };
}

export function networkEndpointToWire(endpoint: NetworkEndpoint): wire.NetworkEndpoint {
  return {
    ...endpoint,
    aliases: [...endpoint.aliases],
    dnsNames: [...endpoint.dnsNames],
    driverOptions: recordToWire(endpoint.driverOptions),
    asked: endpointSpecToWire(endpoint.asked),
  };
}

export function publishedPortFromWire(port: wire.PublishedPort): PublishedPort {
  return {
    containerPort: portNumber(port.containerPort, 'container_port'),
    protocol: protocols.fromWire(port.protocol),
    hostAddress: port.hostAddress,
    hostPort: portNumber(port.hostPort, 'host_port'),
  };
}

export function publishedPortToWire(port: PublishedPort): wire.PublishedPort {
  return { ...port, protocol: protocols.toWire(port.protocol) };
}

export function egressFromWire(policy: wire.EgressPolicy | undefined): EgressPolicy | undefined {
  if (policy === undefined) return undefined;
  return {
    default: egressDefaults.fromWire(policy.default),
    allow: listFromWire(policy.allow, 'egress.allow'),
  };
}

export function egressToWire(policy: EgressPolicy | undefined): wire.EgressPolicy | undefined {
  return policy && { default: egressDefaults.toWire(policy.default), allow: [...policy.allow] };
}

/** A range makes one entry a port: as many as there are ports. */
function listOfPorts(ports: readonly wire.Port[]): readonly wire.Port[] {
  integerWithin(ports.length, 'the number of published ports', 0, lastPort);
  return ports;
}

function portFromWire(port: wire.Port): PortSpec {
  return {
    containerPort: portNumber(port.containerPort, 'container_port'),
    protocol: protocols.fromWire(port.protocol),
    hostAddress: port.hostAddress,
    hostPort: portNumber(port.hostPort, 'host_port'),
    hostPortEnd: portNumber(port.hostPortEnd, 'host_port_end'),
  };
}

function portNumber(port: number, what: string): number {
  return integerWithin(port, what, 0, lastPort);
}
