import { createHash } from 'node:crypto';
import { readFixed } from './egress-entry.js';
import { agreed, linkLocalAddress } from './egress.js';
import type { FilterInput, FilterNetwork, FilterPolicy, FilterPort } from './filter-input.js';
import { addressOf, gatewayEndpoint, gatewayMode, liveEndpoints } from './gateway.js';
import { readOptions } from './options.js';
import type { NetworkRecord, NetworkRecords } from './records.js';
import { segmentName } from './segment-name.js';
import { segmentsOf } from './segments.js';
import type { SandboxRecord } from './sandbox-record.js';

/** nflog group of refused egress (libnetfilter_log(3)); one process can have a group, so each daemon has its own. */
export function egressLogGroup(table: string): number {
  return 4096 + (parseInt(table.slice(-8), 16) % 61_440);
}

/** One table for each daemon of a host. */
export function tableName(daemonId: string): string {
  return `wharf-${createHash('sha256').update(daemonId).digest('hex').slice(0, 8)}`;
}

/** What the packet filter shall be, from the records. */
export function filterInput(table: string, records: NetworkRecords): FilterInput {
  const sandboxes = records.sandboxes().filter(({ open }) => open);
  return {
    table,
    networks: records
      .networks()
      .filter(hasBridge)
      .map((network) => ({
        ...filterNetwork(network),
        segments: segmentsOf(records, network).map((segment) => segmentName(network, segment)),
      })),
    ports: sandboxes.flatMap((sandbox) => filterPorts(records, sandbox)),
    policies: filterPolicies(records, sandboxes, egressLogGroup(table)),
  };
}

function hasBridge({ bridgeName }: NetworkRecord): boolean {
  return bridgeName !== '';
}

export function filterNetwork(network: NetworkRecord): FilterNetwork {
  const options = readOptions(network.spec);
  const isolated = options.gatewayMode4 === 'isolated' && options.gatewayMode6 === 'isolated';
  return {
    bridge: network.bridgeName,
    closed: network.spec.internal || isolated,
    icc: options.icc,
    trusted: options.trustedInterfaces,
    subnets: network.spec.ipam.pools.map(({ subnet }) => {
      const family = subnet.includes(':') ? 6 : 4;
      const mode = gatewayMode(options, family);
      const nat = mode === 'nat' || mode === 'nat-unprotected';
      const snat = family === 4 ? options.hostIpv4 : options.hostIpv6;
      return {
        family,
        subnet,
        masquerade: nat && options.masquerade && !network.spec.internal,
        snat: nat && !network.spec.internal ? snat : '',
        unprotected: mode === 'nat-unprotected' && !network.spec.internal,
      };
    }),
  };
}

function filterPorts(records: NetworkRecords, sandbox: SandboxRecord): readonly FilterPort[] {
  const endpoints = liveEndpoints(records, sandbox);
  return ([4, 6] as const).flatMap((family): readonly FilterPort[] => {
    const live = gatewayEndpoint(endpoints, family);
    if (live === undefined || live.network.bridgeName === '') return [];
    const target = addressOf(live.lease, family);
    if (gatewayMode(live.options, family) === 'routed') {
      return sandbox.networking.ports.map(({ protocol, containerPort }) => ({
        protocol,
        hostAddress: '',
        hostPort: 0,
        target,
        targetPort: containerPort,
        lanOnly: false,
        direct: true,
      }));
    }
    return sandbox.bound
      .filter(({ hostAddress }) => hostAddress.includes(':') === (family === 6))
      .map(({ protocol, hostAddress, hostPort, containerPort, lanOnly }) => ({
        protocol,
        hostAddress,
        hostPort,
        target,
        targetPort: containerPort,
        lanOnly,
        direct: false,
      }));
  });
}

function denies(records: NetworkRecords, sandbox: SandboxRecord): boolean {
  return allowedBy(records, sandbox) !== undefined;
}

/** What the policies of a container and of all its networks let through; undefined where none denies. */
export function allowedBy(
  records: NetworkRecords,
  sandbox: SandboxRecord,
): readonly string[] | undefined {
  const policies = [
    sandbox.networking.egress,
    ...sandbox.endpoints.map(({ networkId }) => records.byId(networkId)?.spec.egress),
  ].flatMap((policy) => (policy?.default === 'deny' ? [policy] : []));
  return policies.length === 0 ? undefined : agreed(policies);
}

function filterPolicies(
  records: NetworkRecords,
  sandboxes: readonly SandboxRecord[],
  logGroup: number,
): readonly FilterPolicy[] {
  return sandboxes.flatMap((sandbox) => {
    const allowed = allowedBy(records, sandbox);
    if (allowed === undefined) return [];
    const addresses = liveEndpoints(records, sandbox).flatMap(({ lease }) =>
      [lease.ipv4Address, lease.ipv6Address, linkLocalAddress(lease.macAddress)].filter(
        (address) => address !== '',
      ),
    );
    const allow = allowed.flatMap((entry) => {
      const fixed = readFixed(entry);
      return fixed === undefined ? [] : [fixed];
    });
    return [{ id: policyId(sandbox), addresses, allow, logGroup }];
  });
}

export function policyId(sandbox: SandboxRecord): string {
  return sandbox.containerId.slice(0, 12);
}
