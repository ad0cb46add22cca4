import {
  ContainerServiceDefinition,
  containerToWire,
  defined,
  filtersFromWire,
  integerWithin,
} from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listContainers = unary(
  ContainerServiceDefinition,
  'listContainers',
  {},
  async (request, { engine, signal }) => {
    const options = defined({
      signal,
      all: request.all,
      limit: integerWithin(request.limit, 'limit', 0, Number.MAX_SAFE_INTEGER),
      size: request.size,
      filters: filtersFromWire(request.filters),
    });
    const containers = await engine.containers.list(options);
    return { containers: containers.map(containerToWire) };
  },
);
