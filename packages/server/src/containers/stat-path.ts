import { ContainerServiceDefinition, pathStatToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const statContainerPath = unary(
  ContainerServiceDefinition,
  'statContainerPath',
  {},
  async ({ container, path }, { engine, signal }) => ({
    stat: pathStatToWire(await engine.containers.statPath(container, path, { signal })),
  }),
);
