import { ContainerServiceDefinition, pathStatToWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';
import { framed } from '../calls/bytes.js';

export const copyFromContainer = serverStream(
  ContainerServiceDefinition,
  'copyFromContainer',
  { long: true },
  async function* (request, { engine, signal }) {
    const { container, path, followLink } = request;
    const copied = await engine.containers.copyOut(container, path, { signal, followLink });
    yield { frame: { $case: 'stat' as const, value: pathStatToWire(copied.stat) } };
    for await (const value of framed(copied.archive))
      yield { frame: { $case: 'data' as const, value } };
  },
);
