import { defined, filtersFromWire, ImageServiceDefinition, imageToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listImages = unary(
  ImageServiceDefinition,
  'listImages',
  {},
  async ({ all, filters, sharedSize }, { engine, signal }) => {
    const options = defined({ signal, all, sharedSize, filters: filtersFromWire(filters) });
    return { images: (await engine.images.list(options)).map(imageToWire) };
  },
);
