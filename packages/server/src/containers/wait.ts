import { ContainerServiceDefinition, waitConditions } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const waitContainer = unary(
  ContainerServiceDefinition,
  'waitContainer',
  { long: true },
  async (request, { engine, signal }) => {
    const condition = waitConditions.fromWireOr(request.condition, 'not-running');
    const result = await engine.containers.wait(request.container, condition, { signal });
    return { exitCode: result.exitCode, error: result.error, oomKilled: result.oomKilled };
  },
);
