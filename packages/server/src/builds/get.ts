import { buildRecordToWire, BuildServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getBuild = unary(
  BuildServiceDefinition,
  'getBuild',
  {},
  async (request, { engine, signal }) => ({
    build: buildRecordToWire(await engine.builds.get(request.build, { signal })),
  }),
);
