import { blobFromWire, ContentServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const nameContent = unary(
  ContentServiceDefinition,
  'nameContent',
  { write: true },
  async ({ lease, name, target }, { engine, signal }) => {
    const { imageId } = await engine.contents.name(lease, name, blobFromWire(target), { signal });
    return { imageId };
  },
);
