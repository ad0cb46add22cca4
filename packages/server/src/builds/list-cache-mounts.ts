import { BuildServiceDefinition, cacheMountToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listCacheMounts = unary(
  BuildServiceDefinition,
  'listCacheMounts',
  {},
  async (_request, { engine, signal }) => ({
    mounts: (await engine.builds.cacheMounts({ signal })).map(cacheMountToWire),
  }),
);
