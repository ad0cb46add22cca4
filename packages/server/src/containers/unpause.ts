import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const unpauseContainer = unary(
  ContainerServiceDefinition,
  'unpauseContainer',
  { write: true },
  async ({ container }, { engine, signal }) => ({
    id: await engine.containers.unpause(container, { signal }),
  }),
);
