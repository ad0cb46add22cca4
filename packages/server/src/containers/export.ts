import { ContainerServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';
import { framed } from '../calls/bytes.js';

export const exportContainer = serverStream(
  ContainerServiceDefinition,
  'exportContainer',
  { long: true },
  async function* (request, { engine, signal }) {
    const archive = engine.containers.exportFiles(request.container, { signal });
    for await (const data of framed(archive)) yield { data };
  },
);
