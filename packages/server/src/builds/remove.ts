import { BuildServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeBuild = unary(
  BuildServiceDefinition,
  'removeBuild',
  { write: true },
  async (request, { engine, signal }) => {
    await engine.builds.remove(request.build, { signal });
    return {};
  },
);
