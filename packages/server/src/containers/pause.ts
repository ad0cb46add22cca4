import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const pauseContainer = unary(
  ContainerServiceDefinition,
  'pauseContainer',
  { write: true },
  async ({ container }, { engine, signal }) => ({
    id: await engine.containers.pause(container, { signal }),
  }),
);
