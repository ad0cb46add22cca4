import { join } from 'node:path';
import { FailedPreconditionError, type CallOptions, type ContainerId } from '@wharf/core';
import { closeSandbox } from './close.js';
import type { NetworkContext } from './context.js';
import { hostsContent, resolvConfContent } from './etc-content.js';
import { sandboxEvents } from './events.js';
import { liveEndpoints } from './gateway.js';
import { makeLease } from './leases.js';
import { nameSandbox } from './name-records.js';
import { interfaceSpec, routesOf } from './plan.js';
import { bindPorts, wantedPorts } from './publish.js';
import { forgetStaleFlows } from './stale-flows.js';
import { ensureSegmentsOf } from './segments.js';
import type { EndpointRecord, SandboxRecord } from './sandbox-record.js';
import type { OpenedSandbox } from './sandboxes.js';

const limitMs = 60_000;

/** Leases first, on disk; then the kernel, all at once. */
export async function openSandbox(
  context: NetworkContext,
  id: ContainerId,
  { signal }: CallOptions,
): Promise<OpenedSandbox> {
  const { records } = context;
  const sandbox = leased(context, id);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => closeSandbox(context, id, { signal: AbortSignal.timeout(limitMs) }));
  records.remember(sandbox);
  const bound = await boundPorts(context, sandbox, signal);
  const open = { ...sandbox, bound };
  // Of a hidden one nothing is adopted: the next daemon takes all of it for strays.
  if (open.hidden === true) records.remember(open);
  else records.save(open, sandboxEvents('connect', records, open));
  const hostFile = await context.hostResolvConf();
  undo.move();
  return {
    path: namespacePath(context, id),
    hosts: hostsContent(context, open),
    resolvConf: resolvConfContent(context, open, hostFile),
    ready: bringUp(context, open, hostFile, signal),
  };
}

export function namespacePath(context: NetworkContext, id: ContainerId): string {
  return join(context.namespaces, id);
}

async function bringUp(
  context: NetworkContext,
  sandbox: SandboxRecord,
  hostFile: string,
  signal: AbortSignal,
): Promise<void> {
  const { ports, records, keeper } = context;
  const id = sandbox.containerId;
  const live = liveEndpoints(records, sandbox);
  const spec = {
    containerId: id,
    interfaces: live.map((endpoint) => interfaceSpec(context, id, endpoint)),
    routes: routesOf(live),
  };
  const path = namespacePath(context, id);
  const results = await Promise.allSettled([
    ensureSegmentsOf(context, live, { signal })
      .then(() => ports.network.createSandbox(path, spec, { signal }))
      .then(() => putNames(context, sandbox, hostFile, signal)),
    keeper.sync().then(() => forgetStaleFlows(context, sandbox)),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return;
  await closeSandbox(context, id, { signal: AbortSignal.timeout(limitMs) });
  throw failed.reason;
}

export async function putNames(
  context: NetworkContext,
  sandbox: SandboxRecord,
  hostFile: string,
  signal: AbortSignal,
): Promise<void> {
  const names = nameSandbox(context, sandbox, hostFile);
  if (names !== undefined) await context.ports.names.put(names, { signal });
}

/** In memory: the addresses are taken from now on. All or nothing. */
function leased(context: NetworkContext, id: ContainerId): SandboxRecord {
  const { records } = context;
  const before = records.sandbox(id);
  if (before === undefined || before.open)
    throw new FailedPreconditionError(`container ${id} has no networks that could be opened`);
  const endpoints: EndpointRecord[] = [];
  const taken = new Set<string>();
  try {
    for (const endpoint of before.endpoints) {
      const network = records.byId(endpoint.networkId) ?? records.find(endpoint.networkName);
      if (network === undefined)
        throw new FailedPreconditionError(
          `network ${endpoint.networkName} not found: create it again, or disconnect the container from it`,
        );
      const current = { ...endpoint, networkId: network.id };
      const lease = makeLease(context, network, current, taken);
      taken.add(lease.interfaceName);
      endpoints.push({ ...current, lease });
    }
  } catch (error) {
    for (const { networkId, lease } of endpoints)
      if (lease !== undefined) context.addresses.takeBack(networkId, lease);
    throw error;
  }
  return { ...before, endpoints, open: true, bound: [] };
}

export async function boundPorts(
  context: NetworkContext,
  sandbox: SandboxRecord,
  signal: AbortSignal,
): Promise<SandboxRecord['bound']> {
  if (wantedPorts(sandbox).length === 0) return [];
  await using _ = await context.locks.acquire('ports', { signal });
  const bound = await bindPorts(context, sandbox);
  // From here on others find them taken.
  context.records.remember({ ...sandbox, bound });
  return bound;
}
