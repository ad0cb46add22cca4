import {
  endpointSpecToWire,
  filtersToWire,
  networkFromWire,
  NetworkServiceDefinition,
  networkSpecToWire,
} from '@wharf/api';
import type { Networks } from '@wharf/core';
import { unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = NetworkServiceDefinition;

/** The networks of a remote daemon. */
export function remoteNetworks(transport: Transport): Networks {
  return { ...records(transport), ...memberships(transport) };
}

function records(
  transport: Transport,
): Pick<Networks, 'create' | 'get' | 'list' | 'remove' | 'prune' | 'update'> {
  return {
    create: async (spec, options) =>
      unary(
        transport,
        [service, 'createNetwork'],
        { spec: networkSpecToWire(spec) },
        options,
        ({ id, warnings }) => ({ id, warnings }),
      ),
    get: (network, options) =>
      unary(transport, [service, 'getNetwork'], { network }, options, (response) =>
        networkFromWire(response.network),
      ),
    list: ({ filters, signal }) =>
      unary(
        transport,
        [service, 'listNetworks'],
        { filters: filtersToWire(filters) },
        { signal },
        ({ networks }) => networks.map(networkFromWire),
      ),
    remove: (network, { force = false, signal }) =>
      unary(transport, [service, 'removeNetwork'], { network, force }, { signal }, ({ id }) => id),
    prune: ({ filters, signal }) =>
      unary(
        transport,
        [service, 'pruneNetworks'],
        { filters: filtersToWire(filters) },
        { signal },
        ({ removed }) => ({ removed }),
      ),
    update: (network, { addDns, removeDns }, options) =>
      unary(
        transport,
        [service, 'updateNetwork'],
        { network, addDns: [...addDns], removeDns: [...removeDns] },
        options,
        () => undefined,
      ),
  };
}

function memberships(transport: Transport): Pick<Networks, 'connect' | 'disconnect'> {
  return {
    connect: async (container, endpoint, options) =>
      unary(
        transport,
        [service, 'connectNetwork'],
        { container, endpoint: endpointSpecToWire(endpoint) },
        options,
        () => undefined,
      ),
    disconnect: (container, network, { force = false, signal }) =>
      unary(
        transport,
        [service, 'disconnectNetwork'],
        { container, network, force },
        { signal },
        () => undefined,
      ),
  };
}
