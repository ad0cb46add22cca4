import { ImageServiceDefinition, imageToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getImage = unary(
  ImageServiceDefinition,
  'getImage',
  {},
  async ({ image }, { engine, signal }) => ({
    image: imageToWire(await engine.images.get(image, { signal })),
  }),
);
