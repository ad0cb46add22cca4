import { ContainerServiceDefinition, listFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const topContainer = unary(
  ContainerServiceDefinition,
  'topContainer',
  {},
  async (request, { engine, signal }) => {
    const psArgs = listFromWire(request.psArgs, 'ps_args');
    const { titles, processes } = await engine.containers.top(request.container, psArgs, {
      signal,
    });
    return {
      titles: [...titles],
      processes: processes.map((fields) => ({ fields: [...fields] })),
    };
  },
);
