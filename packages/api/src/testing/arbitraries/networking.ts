import fc from 'fast-check';
import type { EndpointSpec, NetworkEndpoint, NetworkingSpec, PublishedPort } from '@wharf/core';
import { flag, int32, labels, record, text, texts } from './values.js';

const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
const portNumber = fc.nat(65_535);
export const egress = fc.record({
  default: fc.constantFrom('allow' as const, 'deny' as const),
  allow: texts,
});

export const endpointSpec: fc.Arbitrary<EndpointSpec> = fc.record({
  network: text,
  aliases: texts,
  ipv4Address: text,
  ipv6Address: text,
  linkLocalAddresses: texts,
  macAddress: text,
  driverOptions: labels,
  gatewayPriority: int32,
});

export const networkEndpoint: fc.Arbitrary<NetworkEndpoint> = fc.record({
  networkId: text,
  networkName: text,
  containerId: text,
  containerName: text,
  endpointId: text,
  macAddress: text,
  ipv4Address: text,
  ipv4PrefixLength: fc.nat(32),
  gateway: text,
  ipv6Address: text,
  ipv6PrefixLength: fc.nat(128),
  ipv6Gateway: text,
  interfaceName: text,
  aliases: texts,
  dnsNames: texts,
  driverOptions: labels,
  gatewayPriority: int32,
  asked: endpointSpec,
});

export const publishedPort: fc.Arbitrary<PublishedPort> = fc.record({
  containerPort: portNumber,
  protocol,
  hostAddress: text,
  hostPort: portNumber,
});

export const networking = record<NetworkingSpec, Exclude<keyof NetworkingSpec, 'egress' | 'links'>>(
  {
    endpoints: fc.array(endpointSpec, { maxLength: 3 }),
    ports: fc.array(
      fc.record({
        containerPort: portNumber,
        protocol,
        hostAddress: text,
        hostPort: portNumber,
        hostPortEnd: portNumber,
      }),
      { maxLength: 3 },
    ),
    publishAll: flag,
    publishScope: fc.constantFrom('default', 'loopback', 'lan', 'any'),
    exposed: texts,
    dns: fc.record({ servers: texts, search: texts, options: texts }),
    extraHosts: texts,
  },
  { egress, links: fc.array(text, { minLength: 1, maxLength: 3 }) },
);
