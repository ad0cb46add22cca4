import type { ContainerId, Network, NetworkEndpoint, PublishedPort } from '@wharf/core';
import type { NetworkContext } from './context.js';
import { gatewayOf, liveEndpoints } from './gateway.js';
import { dnsNames } from './name-records.js';
import { namespacePath } from './open.js';
import { prefixLength } from './plan.js';
import { portKey, readExposed } from './publish.js';
import type { NetworkRecord, NetworkRecords } from './records.js';
import type { EndpointRecord, SandboxRecord } from './sandbox-record.js';

/** What `inspect` of a container shows of its networks. */
export function describeSandbox(
  context: NetworkContext,
  id: ContainerId,
): {
  readonly endpoints: readonly NetworkEndpoint[];
  readonly ports: readonly PublishedPort[];
  readonly sandboxKey: string;
} {
  const sandbox = context.records.sandbox(id);
  if (sandbox === undefined) return { endpoints: [], ports: [], sandboxKey: '' };
  const held = sandbox.open && sandbox.endpoints.some(({ lease }) => lease !== undefined);
  return {
    endpoints: sandbox.endpoints.map((endpoint) =>
      describeEndpoint(context.records, sandbox, endpoint),
    ),
    ports: describePorts(sandbox),
    sandboxKey: held ? namespacePath(context, id) : '',
  };
}

function describePorts({ bound, exposed }: SandboxRecord): readonly PublishedPort[] {
  const keys = new Set(bound.map(portKey));
  return [
    ...bound.map(({ lanOnly: _, ...port }) => port),
    ...exposed
      .filter((key) => !keys.has(key))
      .map((key) => ({ ...readExposed(key), hostAddress: '', hostPort: 0 })),
  ];
}

function describeEndpoint(
  records: NetworkRecords,
  sandbox: SandboxRecord,
  endpoint: EndpointRecord,
): NetworkEndpoint {
  const { lease, asked } = endpoint;
  const live = liveEndpoints(records, { ...sandbox, endpoints: [endpoint] })[0];
  const ipv4 = lease !== undefined && lease.ipv4Address !== '';
  const ipv6 = lease !== undefined && lease.ipv6Address !== '';
  return {
    networkId: endpoint.networkId,
    networkName: endpoint.networkName,
    containerId: sandbox.containerId,
    containerName: sandbox.containerName,
    endpointId: sandbox.open ? endpoint.endpointId : '',
    macAddress: lease?.macAddress ?? '',
    ipv4Address: lease?.ipv4Address ?? '',
    ipv4PrefixLength: live !== undefined && ipv4 ? prefixLength(live, 4) : 0,
    gateway: live !== undefined && ipv4 ? gatewayOf(live.network, 4) : '',
    ipv6Address: lease?.ipv6Address ?? '',
    ipv6PrefixLength: live !== undefined && ipv6 ? prefixLength(live, 6) : 0,
    ipv6Gateway: live !== undefined && ipv6 ? gatewayOf(live.network, 6) : '',
    interfaceName: lease?.interfaceName ?? '',
    aliases: asked.aliases,
    dnsNames: dnsNames(sandbox, endpoint),
    driverOptions: asked.driverOptions,
    gatewayPriority: asked.gatewayPriority,
    asked,
  };
}

/** With the endpoints of containers that run. */
export function toNetwork(records: NetworkRecords, network: NetworkRecord): Network {
  const { id, createdAt, spec, builtIn, bridgeName } = network;
  const endpoints = records
    .sandboxes()
    .filter(({ open, hidden = false }) => open && !hidden)
    .flatMap((sandbox) =>
      sandbox.endpoints
        .filter(({ networkId }) => networkId === id)
        .map((endpoint) => describeEndpoint(records, sandbox, endpoint)),
    );
  return { id, createdAt, spec, scope: 'local', builtIn, bridgeName, endpoints };
}
