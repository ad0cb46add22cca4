import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import { parseAddress } from './address.js';
import type { NetworkContext } from './context.js';
import { putNames } from './open.js';
import { usersOf } from './remove.js';

/** Other upstream servers; the resolvers of running containers learn of it at once. */
export async function updateNetwork(
  context: NetworkContext,
  ref: string,
  change: { readonly addDns: readonly string[]; readonly removeDns: readonly string[] },
  options: CallOptions,
): Promise<void> {
  for (const server of [...change.addDns, ...change.removeDns]) parseAddress(server, 'DNS server');
  await using _ = await context.locks.acquire('networks', options);
  const network = context.records.lookup(ref);
  if (network.bridgeName === '')
    throw new FailedPreconditionError(`network ${network.spec.name} has no names to resolve`);
  const removed = new Set(change.removeDns);
  const kept = network.dns.filter((server) => !removed.has(server));
  const dns = [...new Set([...kept, ...change.addDns])];
  context.records.update({ ...network, dns });
  const hostFile = await context.hostResolvConf();
  const running = usersOf(context, network).filter(({ open }) => open);
  await Promise.all(running.map((sandbox) => putNames(context, sandbox, hostFile, options.signal)));
}
