import { ContainerServiceDefinition, containerToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getContainer = unary(
  ContainerServiceDefinition,
  'getContainer',
  {},
  async (request, { engine, signal }) => {
    const container = await engine.containers.get(request.container, {
      signal,
      size: request.size,
    });
    return { container: containerToWire(container) };
  },
);
