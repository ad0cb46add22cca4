import { NetworkServiceDefinition, networkSpecFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const createNetwork = unary(
  NetworkServiceDefinition,
  'createNetwork',
  { write: true },
  async (request, { engine, signal }) => {
    const spec = networkSpecFromWire(request.spec);
    const { id, warnings } = await engine.networks.create(spec, { signal });
    return { id, warnings: [...warnings] };
  },
);
