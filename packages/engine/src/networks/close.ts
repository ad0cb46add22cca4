import { join } from 'node:path';
import type { CallOptions, ContainerId } from '@wharf/core';
import type { NetworkContext } from './context.js';
import { sandboxEvents } from './events.js';
import { forgetStaleFlows } from './stale-flows.js';
import { withoutLease } from './sandbox-record.js';

/**
 * What a container held of its networks goes from the kernel, and is free for others after that. The row on disk stays
 * behind: a daemon that finds it for a container that does not run knows what it means.
 */
export async function closeSandbox(
  context: NetworkContext,
  id: ContainerId,
  { signal }: CallOptions,
): Promise<void> {
  const { records, ports, keeper, addresses } = context;
  const sandbox = records.sandbox(id);
  if (sandbox === undefined || !sandbox.open) return;
  const endpoints = sandbox.endpoints.map(withoutLease);
  records.remember({ ...sandbox, endpoints, open: false, bound: [] });
  const results = await Promise.allSettled([
    keeper.sync().then(() => forgetStaleFlows(context, sandbox)),
    ports.names.remove(id, { signal }),
    ports.network.removeSandbox(join(context.namespaces, id), { signal }),
  ]);
  for (const { networkId, lease } of sandbox.endpoints)
    if (lease !== undefined) addresses.takeBack(networkId, lease);
  records.publish(sandboxEvents('disconnect', records, sandbox));
  for (const result of results)
    if (result.status === 'rejected')
      context.logger.error('what a container held of its networks could not be released', {
        containerId: id,
        error: result.reason as unknown,
      });
}
