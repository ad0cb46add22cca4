import { ProcessServiceDefinition, processToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listProcesses = unary(
  ProcessServiceDefinition,
  'listProcesses',
  {},
  async ({ container }, { engine, signal }) => ({
    processes: (await engine.processes.list(container, { signal })).map(processToWire),
  }),
);
