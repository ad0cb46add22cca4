import {
  FailedPreconditionError,
  InvalidArgumentError,
  type CallOptions,
  type ContainerId,
  type EndpointSpec,
} from '@wharf/core';
import { checkEndpoint } from './check-endpoint.js';
import type { NetworkContext } from './context.js';
import { hostsContent, resolvConfContent } from './etc-content.js';
import { amendEtcFile } from './etc-write.js';
import { refuseUnenforceable } from './egress.js';
import { networkEvent } from './events.js';
import { liveEndpoints } from './gateway.js';
import { makeLease } from './leases.js';
import { nameSandbox } from './name-records.js';
import { boundPorts, namespacePath } from './open.js';
import { interfaceSpec, routesOf } from './plan.js';
import { endpointRecord, refuseAlone } from './register.js';
import type { NetworkRecord } from './records.js';
import { ensureSegmentsOf } from './segments.js';
import type { SandboxRecord } from './sandbox-record.js';

const limitMs = 30_000;

export async function connectSandbox(
  context: NetworkContext,
  id: ContainerId,
  asked: EndpointSpec,
  { signal }: CallOptions,
): Promise<void> {
  const network = context.records.lookup(asked.network);
  const before = sandboxOf(context, id);
  refuseAlone(network);
  if (before.endpoints.some(({ networkId }) => networkId === network.id))
    throw new FailedPreconditionError(
      `endpoint with name ${before.containerName} already exists in network ${network.spec.name}`,
    );
  for (const { networkId } of before.endpoints) {
    const other = context.records.byId(networkId);
    if (other !== undefined) refuseAlone(other);
  }
  checkEndpoint(network, asked);
  const others = before.endpoints.flatMap(({ networkId }) => context.records.byId(networkId) ?? []);
  refuseUnenforceable(before.networking.egress, before.mode, [network, ...others]);
  const endpoint = endpointRecord(network, asked);
  const event = networkEvent('connect', network, id);
  if (!before.open) {
    context.records.save({ ...before, endpoints: [...before.endpoints, endpoint] }, [event]);
    return;
  }
  const taken = new Set(before.endpoints.map(({ lease }) => lease?.interfaceName ?? ''));
  const lease = makeLease(context, network, endpoint, taken);
  const after = { ...before, endpoints: [...before.endpoints, { ...endpoint, lease }] };
  await using undo = new AsyncDisposableStack();
  undo.defer(() => goBack(context, before, after, network));
  context.records.save(after);
  const live = liveEndpoints(context.records, after);
  const added = live.find(({ network: { id: other } }) => other === network.id);
  if (added === undefined) throw new InvalidArgumentError(`network ${network.spec.name} is gone`);
  await ensureSegmentsOf(context, [added], { signal });
  const spec = interfaceSpec(context, id, added);
  const path = namespacePath(context, id);
  await Promise.all([
    context.ports.network.addInterface(path, spec, routesOf(live), { signal }),
    follow(context, before, after, { signal }),
  ]);
  context.records.publish([event]);
  undo.move();
}

async function goBack(
  context: NetworkContext,
  before: SandboxRecord,
  after: SandboxRecord,
  network: NetworkRecord,
): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const lease = after.endpoints.find(({ networkId }) => networkId === network.id)?.lease;
  context.records.save(before);
  const routes = routesOf(liveEndpoints(context.records, before));
  const path = namespacePath(context, before.containerId);
  if (lease !== undefined) {
    await context.ports.network
      .removeSandboxInterface(path, lease.interfaceName, routes, { signal })
      .catch(() => undefined);
    context.addresses.takeBack(network.id, lease);
  }
  await follow(context, after, before, { signal });
}

export async function disconnectSandbox(
  context: NetworkContext,
  id: ContainerId,
  ref: string,
  { signal }: CallOptions,
): Promise<void> {
  const { records } = context;
  const network = records.lookup(ref);
  const before = sandboxOf(context, id);
  const endpoint = before.endpoints.find(({ networkId }) => networkId === network.id);
  if (network.spec.driver === 'host')
    throw new FailedPreconditionError(
      'container cannot be disconnected from host network or connected to host network',
    );
  if (endpoint === undefined)
    throw new FailedPreconditionError(
      `container ${id} is not connected to network ${network.spec.name}`,
    );
  const endpoints = before.endpoints.filter((other) => other !== endpoint);
  const after = { ...before, endpoints };
  records.save(after, [networkEvent('disconnect', network, id)]);
  const { lease } = endpoint;
  if (!before.open || lease === undefined) return;
  const routes = routesOf(liveEndpoints(records, after));
  await Promise.all([
    context.ports.network.removeSandboxInterface(
      namespacePath(context, id),
      lease.interfaceName,
      routes,
      { signal },
    ),
    follow(context, before, after, { signal }),
  ]);
  context.addresses.takeBack(network.id, lease);
}

export async function renameSandbox(
  context: NetworkContext,
  id: ContainerId,
  name: string,
  options: CallOptions,
): Promise<void> {
  const before = context.records.sandbox(id);
  if (before === undefined) return;
  const after = { ...before, containerName: name };
  if (!before.open) {
    context.records.remember(after);
    return;
  }
  context.records.save(after);
  await follow(context, before, after, options);
}

/** Ports, names and files after a change of a running container's networks. */
async function follow(
  context: NetworkContext,
  before: SandboxRecord,
  after: SandboxRecord,
  { signal }: CallOptions,
): Promise<void> {
  const id = after.containerId;
  if (after.bound.length === 0) {
    const bound = await boundPorts(context, after, signal);
    if (bound.length > 0) context.records.save({ ...after, bound });
  }
  const hostFile = await context.hostResolvConf();
  const names = nameSandbox(context, after, hostFile);
  const etc = context.etc(id);
  await Promise.all([
    context.keeper.sync(),
    names === undefined
      ? context.ports.names.remove(id, { signal })
      : context.ports.names.put(names, { signal }),
    amendEtcFile(etc, 'hosts', hostsContent(context, before), hostsContent(context, after)),
    amendEtcFile(
      etc,
      'resolv.conf',
      resolvConfContent(context, before, hostFile),
      resolvConfContent(context, after, hostFile),
    ),
  ]);
}

function sandboxOf(context: NetworkContext, id: ContainerId): SandboxRecord {
  const sandbox = context.records.sandbox(id);
  if (sandbox === undefined || sandbox.mode.startsWith('container:') || sandbox.mode === 'host')
    throw new FailedPreconditionError(
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  return sandbox;
}
