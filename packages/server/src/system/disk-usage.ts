import { diskUsageToWire, SystemServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getDiskUsage = unary(
  SystemServiceDefinition,
  'getDiskUsage',
  {},
  async (_, { engine, signal }) => diskUsageToWire(await engine.system.diskUsage({ signal })),
);
