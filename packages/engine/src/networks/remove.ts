import {
  FailedPreconditionError,
  type CallOptions,
  type Filters,
  type UnusedNetworks,
} from '@wharf/core';
import type { NetworkContext } from './context.js';
import { networkEvent } from './events.js';
import { pruneFilter } from './filter.js';
import type { NetworkRecord } from './records.js';
import { removeSegments } from './segments.js';

export async function removeNetwork(
  context: NetworkContext,
  ref: string,
  options: CallOptions,
): Promise<string> {
  await using _ = await context.locks.acquire('networks', options);
  const network = context.records.lookup(ref);
  if (network.builtIn)
    throw new FailedPreconditionError(
      `${network.spec.name} is a pre-defined network and cannot be removed`,
    );
  const users = usersOf(context, network).filter(({ open }) => open);
  if (users.length > 0) {
    const names = users.map(
      ({ containerName, containerId }) =>
        `name:"${containerName}" id:"${containerId.slice(0, 12)}"`,
    );
    throw new FailedPreconditionError(
      `error while removing network: network ${network.spec.name} has active endpoints (${names.join(', ')}): stop or disconnect them`,
      { facts: { network: network.id } },
    );
  }
  await removeLocked(context, network, options);
  return network.id;
}

async function removeLocked(
  context: NetworkContext,
  network: NetworkRecord,
  options: CallOptions,
): Promise<void> {
  context.records.remove(network.id, [networkEvent('destroy', network)]);
  context.addresses.drop(network.id);
  if (network.bridgeName !== '') {
    await removeSegments(context, network, options);
    await context.ports.network.removeInterface(network.bridgeName, options);
  }
  await context.keeper.sync();
}

/** Containers that name it, running or not. */
export function usersOf({ records }: NetworkContext, { id }: NetworkRecord) {
  return records
    .sandboxes()
    .filter(({ endpoints }) => endpoints.some(({ networkId }) => networkId === id));
}

export async function pruneNetworks(
  context: NetworkContext,
  options: CallOptions & { readonly filters?: Filters },
): Promise<UnusedNetworks> {
  await using _ = await context.locks.acquire('networks', options);
  const matches = pruneFilter(options.filters);
  const unused = context.records
    .networks()
    .filter((network) => !network.builtIn && usersOf(context, network).length === 0)
    .filter(matches);
  for (const network of unused) await removeLocked(context, network, options);
  return { removed: unused.map(({ spec }) => spec.name) };
}
