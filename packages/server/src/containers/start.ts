import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const startContainer = unary(
  ContainerServiceDefinition,
  'startContainer',
  { write: true },
  async ({ container }, { engine, signal }) => ({
    id: await engine.containers.start(container, { signal }),
  }),
);
