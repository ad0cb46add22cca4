import { NetworkServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeNetwork = unary(
  NetworkServiceDefinition,
  'removeNetwork',
  { write: true },
  async ({ network, force }, { engine, signal }) => ({
    id: await engine.networks.remove(network, { signal, force }),
  }),
);
