import { containerSpecFromWire, ContainerServiceDefinition, required } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const createContainer = unary(
  ContainerServiceDefinition,
  'createContainer',
  { write: true },
  async (request, { engine, signal }) => {
    const spec = containerSpecFromWire(required(request.spec, 'spec'));
    const { id, name, warnings } = await engine.containers.create(spec, { signal });
    return { id, name, warnings: [...warnings] };
  },
);
