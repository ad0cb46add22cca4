import { NetworkServiceDefinition, networkToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getNetwork = unary(
  NetworkServiceDefinition,
  'getNetwork',
  {},
  async ({ network }, { engine, signal }) => ({
    network: networkToWire(await engine.networks.get(network, { signal })),
  }),
);
