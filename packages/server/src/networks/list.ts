import { defined, filtersFromWire, NetworkServiceDefinition, networkToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listNetworks = unary(
  NetworkServiceDefinition,
  'listNetworks',
  {},
  async ({ filters }, { engine, signal }) => {
    const options = defined({ signal, filters: filtersFromWire(filters) });
    const networks = await engine.networks.list(options);
    return { networks: networks.map(networkToWire) };
  },
);
