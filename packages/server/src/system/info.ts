import { infoToWire, SystemServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getInfo = unary(
  SystemServiceDefinition,
  'getInfo',
  {},
  async (_, { engine, signal }) => infoToWire(await engine.system.info({ signal })),
);
