import { listFromWire, NetworkServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const updateNetwork = unary(
  NetworkServiceDefinition,
  'updateNetwork',
  { write: true },
  async ({ network, addDns, removeDns }, { engine, signal }) => {
    const change = {
      addDns: listFromWire(addDns, 'add_dns'),
      removeDns: listFromWire(removeDns, 'remove_dns'),
    };
    await engine.networks.update(network, change, { signal });
    return {};
  },
);
