import type { Networks } from '@wharf/core';
import type { ContainerContext } from '../containers/dependencies.js';
import { createNetwork } from './create.js';
import { toNetwork } from './describe.js';
import { networkFilter } from './filter.js';
import type { Networking } from './networking.js';
import { pruneNetworks, removeNetwork, usersOf } from './remove.js';
import { updateNetwork } from './update.js';

/** The manager as faces see it. Containers are found, and kept from changing meanwhile, by their own manager. */
export function createNetworks(
  networking: Networking,
  containers: Pick<ContainerContext, 'records' | 'locks'>,
): Networks {
  const { context } = networking;
  const { records } = context;
  return {
    create: (spec, options) => createNetwork(context, spec, options),
    get: (ref) => Promise.resolve().then(() => toNetwork(records, records.lookup(ref))),
    async list({ filters }) {
      const matches = networkFilter(filters, (network) => usersOf(context, network).length > 0);
      return Promise.resolve(
        records
          .networks()
          .filter(matches)
          .map((network) => toNetwork(records, network)),
      );
    },
    remove: (ref, options) => removeNetwork(context, ref, options),
    prune: (options) => pruneNetworks(context, options),
    async connect(ref, endpoint, options) {
      const { id } = containers.records.lookup(ref);
      await using _ = await containers.locks.acquire(id, options);
      await networking.connect(id, endpoint, options);
    },
    async disconnect(ref, network, options) {
      const { id } = containers.records.lookup(ref);
      await using _ = await containers.locks.acquire(id, options);
      await networking.disconnect(id, network, options);
    },
    update: (ref, change, options) => updateNetwork(context, ref, change, options),
  };
}
