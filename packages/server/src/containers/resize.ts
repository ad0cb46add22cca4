import { ContainerServiceDefinition, terminalSizeFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const resizeContainer = unary(
  ContainerServiceDefinition,
  'resizeContainer',
  { write: true },
  async (request, { engine, signal }) => {
    const { rows, columns } = terminalSizeFromWire(request);
    await engine.containers.resize(request.container, rows, columns, { signal });
    return {};
  },
);
