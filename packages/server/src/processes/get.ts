import { ProcessServiceDefinition, processToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getProcess = unary(
  ProcessServiceDefinition,
  'getProcess',
  {},
  async ({ id }, { engine, signal }) => ({
    process: processToWire(await engine.processes.get(id, { signal })),
  }),
);
