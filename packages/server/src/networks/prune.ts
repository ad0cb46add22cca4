import { defined, filtersFromWire, NetworkServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const pruneNetworks = unary(
  NetworkServiceDefinition,
  'pruneNetworks',
  { write: true },
  async ({ filters }, { engine, signal }) => {
    const options = defined({ signal, filters: filtersFromWire(filters) });
    const { removed } = await engine.networks.prune(options);
    return { removed: [...removed] };
  },
);
