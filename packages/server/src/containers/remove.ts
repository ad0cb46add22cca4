import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeContainer = unary(
  ContainerServiceDefinition,
  'removeContainer',
  { write: true },
  async ({ container, force, volumes }, { engine, signal }) => ({
    id: await engine.containers.remove(container, { signal, force, volumes }),
  }),
);
