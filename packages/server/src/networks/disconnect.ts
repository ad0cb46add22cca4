import { NetworkServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const disconnectNetwork = unary(
  NetworkServiceDefinition,
  'disconnectNetwork',
  { write: true },
  async ({ container, network, force }, { engine, signal }) => {
    await engine.networks.disconnect(container, network, { signal, force });
    return {};
  },
);
