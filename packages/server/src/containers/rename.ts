import { ContainerServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const renameContainer = unary(
  ContainerServiceDefinition,
  'renameContainer',
  { write: true },
  async ({ container, name }, { engine, signal }) => ({
    id: await engine.containers.rename(container, name, { signal }),
  }),
);
