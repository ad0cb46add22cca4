import { ImageServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const tagImage = unary(
  ImageServiceDefinition,
  'tagImage',
  { write: true },
  async ({ image, name }, { engine, signal }) => {
    await engine.images.tag(image, name, { signal });
    return {};
  },
);
