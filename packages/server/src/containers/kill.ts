import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const killContainer = unary(
  ContainerServiceDefinition,
  'killContainer',
  { write: true },
  async (request, { engine, signal }) => ({
    id: await engine.containers.kill(request.container, request.signal || 'SIGKILL', { signal }),
  }),
);
