import { endpointSpecFromWire, NetworkServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const connectNetwork = unary(
  NetworkServiceDefinition,
  'connectNetwork',
  { write: true },
  async ({ container, endpoint }, { engine, signal }) => {
    await engine.networks.connect(container, endpointSpecFromWire(endpoint), { signal });
    return {};
  },
);
