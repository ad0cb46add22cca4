import { readOptions, type DriverOptions, type GatewayMode } from './options.js';
import type { NetworkRecord, NetworkRecords } from './records.js';
import type { EndpointRecord, Lease, SandboxRecord } from './sandbox-record.js';
import type { Family } from './address.js';

/** An endpoint of a running container with all that is known of its network. */
export interface LiveEndpoint {
  readonly endpoint: EndpointRecord;
  readonly lease: Lease;
  readonly network: NetworkRecord;
  readonly options: DriverOptions;
}

/** Those with a lease, in the order in which they were connected. */
export function liveEndpoints(
  records: NetworkRecords,
  sandbox: SandboxRecord,
): readonly LiveEndpoint[] {
  return sandbox.endpoints.flatMap((endpoint) => {
    const network = records.byId(endpoint.networkId);
    const { lease } = endpoint;
    if (network === undefined || lease === undefined) return [];
    return [{ endpoint, lease, network, options: readOptions(network.spec) }];
  });
}

export function gatewayMode(options: DriverOptions, family: Family): GatewayMode {
  return family === 4 ? options.gatewayMode4 : options.gatewayMode6;
}

export function addressOf(lease: Lease, family: Family): string {
  return family === 4 ? lease.ipv4Address : lease.ipv6Address;
}

/** The pool's gateway; '' where there is none to go through. */
export function gatewayOf(network: NetworkRecord, family: Family): string {
  const pool = network.spec.ipam.pools.find(
    ({ subnet }) => subnet.includes(':') === (family === 6),
  );
  return pool?.gateway ?? '';
}

/**
 * Through which endpoint the default route of a family goes: the highest priority, equal ones by name of the network.
 * Internal and isolated networks have none.
 */
export function gatewayEndpoint(
  endpoints: readonly LiveEndpoint[],
  family: Family,
): LiveEndpoint | undefined {
  const usable = endpoints.filter(
    ({ lease, network, options }) =>
      addressOf(lease, family) !== '' &&
      !network.spec.internal &&
      gatewayMode(options, family) !== 'isolated',
  );
  return usable.reduce<LiveEndpoint | undefined>(
    (best, next) => (best === undefined || before(next, best) ? next : best),
    undefined,
  );
}

function before(a: LiveEndpoint, b: LiveEndpoint): boolean {
  const priority = a.endpoint.asked.gatewayPriority - b.endpoint.asked.gatewayPriority;
  return priority === 0 ? a.network.spec.name < b.network.spec.name : priority > 0;
}
