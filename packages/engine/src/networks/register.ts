import { randomBytes } from 'node:crypto';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  WharfError,
  type ContainerSpec,
  type EndpointSpec,
} from '@wharf/core';
import { checkEndpoint } from './check-endpoint.js';
import { checkNetworking, expandExposed } from './check-networking.js';
import type { NetworkContext } from './context.js';
import { refuseUnenforceable } from './egress.js';
import type { NetworkRecord } from './records.js';
import type { EndpointRecord, SandboxRecord } from './sandbox-record.js';
import type { NetworkedContainer } from './sandboxes.js';

const prefix = 'container:';

export const plainEndpoint = (network: string): EndpointSpec => ({
  network,
  aliases: [],
  ipv4Address: '',
  ipv6Address: '',
  linkLocalAddresses: [],
  macAddress: '',
  driverOptions: {},
  gatewayPriority: 0,
});

export const newEndpointId = (): string => randomBytes(32).toString('hex');

/** Looks up what a container asks for and keeps it, for its start and for inspect. */
export function registerSandbox(
  context: NetworkContext,
  container: NetworkedContainer,
): { readonly networkMode: string; readonly warnings: readonly string[] } {
  const { spec, mode } = container;
  const warnings: string[] = [];
  const exposed = [
    ...new Set([
      ...container.exposed.flatMap(leniently),
      ...checkNetworking(spec.networking, context.ports.network.features),
      ...spec.networking.ports.map((port) => `${port.containerPort}/${port.protocol}`),
    ]),
  ];
  const publishes = spec.networking.ports.length > 0 || spec.networking.publishAll;
  if (mode.startsWith(prefix)) {
    refuseShared(spec);
    refuseUnenforceable(spec.networking.egress, mode, []);
    context.records.remember(record(container, mode, [], []));
    return { networkMode: mode, warnings };
  }
  const endpoints = endpointsOf(context, spec, mode);
  const networkMode = endpoints[0]?.networkName ?? mode;
  const networks = endpoints.flatMap(({ networkId }) => context.records.byId(networkId) ?? []);
  refuseUnenforceable(spec.networking.egress, networkMode, networks);
  if (networkMode === 'host' && publishes)
    warnings.push('Published ports are discarded when using host network mode');
  context.records.remember(record(container, networkMode, endpoints, exposed));
  return { networkMode, warnings };
}

/** What an image exposes that is no port is left out: image data never stops a container. */
function leniently(text: string): readonly string[] {
  try {
    return expandExposed(text);
  } catch {
    return [];
  }
}

function refuseShared({ networking, hostname, domainname }: ContainerSpec): void {
  const refuse = (what: string): never => {
    throw new InvalidArgumentError(
      `conflicting options: ${what} and the container type network mode`,
    );
  };
  if (networking.ports.length > 0 || networking.publishAll) refuse('port publishing');
  if (networking.exposed.length > 0) refuse('port exposing');
  if (networking.dns.servers.length > 0) refuse('dns');
  if (networking.extraHosts.length > 0) refuse('custom host-to-IP mapping');
  if ((hostname ?? '') !== '' || (domainname ?? '') !== '') refuse('hostname');
}

function endpointsOf(
  context: NetworkContext,
  spec: ContainerSpec,
  mode: string,
): readonly EndpointRecord[] {
  const { endpoints } = spec.networking;
  const first = find(context, mode);
  const asked = endpoints.map((endpoint) => ({
    endpoint,
    network: find(context, endpoint.network),
  }));
  const named = asked.some(({ network }) => network.id === first.id);
  const all = named ? asked : [{ endpoint: plainEndpoint(mode), network: first }, ...asked];
  const ordered = [
    ...all.filter(({ network }) => network.id === first.id),
    ...all.filter(({ network }) => network.id !== first.id),
  ];
  const seen = new Set<string>();
  return ordered.map(({ endpoint, network }) => {
    if (seen.has(network.id))
      throw new InvalidArgumentError(`network ${network.spec.name} is given more than once`);
    seen.add(network.id);
    if (ordered.length > 1) refuseAlone(network);
    checkEndpoint(network, endpoint);
    return endpointRecord(network, endpoint);
  });
}

export function endpointRecord(network: NetworkRecord, asked: EndpointSpec): EndpointRecord {
  return {
    networkId: network.id,
    networkName: network.spec.name,
    endpointId: newEndpointId(),
    asked: { ...asked, network: network.spec.name },
  };
}

/** host and none stand for themselves. */
export function refuseAlone(network: NetworkRecord): void {
  if (network.spec.driver === 'host')
    throw new FailedPreconditionError(
      'conflicting options: a container on the host network cannot be attached to other networks',
    );
  if (network.spec.driver === 'null')
    throw new FailedPreconditionError(
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    );
}

function find({ records }: NetworkContext, ref: string): NetworkRecord {
  try {
    return records.lookup(ref);
  } catch (error) {
    if (error instanceof NotFoundError)
      throw new WharfError('not-found', `network ${ref} not found`, {
        cause: error,
        facts: { ...error.facts, flag: '--network' },
      });
    throw error;
  }
}

function record(
  { id, name, spec, hostname, hidden = false }: NetworkedContainer,
  mode: string,
  endpoints: readonly EndpointRecord[],
  exposed: readonly string[],
): SandboxRecord {
  return {
    containerId: id,
    containerName: name,
    hostname,
    domainname: spec.domainname ?? '',
    mode,
    networking: spec.networking,
    exposed,
    endpoints,
    open: false,
    bound: [],
    ...(hidden ? { hidden } : {}),
  };
}
