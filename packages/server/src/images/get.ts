import { defined, ImageServiceDefinition, imageToWire, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getImage = unary(
  ImageServiceDefinition,
  'getImage',
  {},
  async (request, { engine, signal }) => ({
    image: imageToWire(
      await engine.images.get(
        request.image,
        defined({ signal, platform: textOrAbsent(request.platform) }),
      ),
    ),
  }),
);
