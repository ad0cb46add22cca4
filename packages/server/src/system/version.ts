import { SystemServiceDefinition, versionToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getVersion = unary(
  SystemServiceDefinition,
  'getVersion',
  {},
  async (_, { engine, signal }) => versionToWire(await engine.system.version({ signal })),
);
