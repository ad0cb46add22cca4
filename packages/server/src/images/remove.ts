import { ImageServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeImage = unary(
  ImageServiceDefinition,
  'removeImage',
  { write: true },
  async ({ image, force }, { engine, signal }) => {
    const { untagged, deleted } = await engine.images.remove(image, { signal, force });
    return { untagged: [...untagged], deleted: [...deleted] };
  },
);
