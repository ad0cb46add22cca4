import { defined, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const mountImage = unary(
  ImageServiceDefinition,
  'mountImage',
  { write: true },
  async (request, { engine, signal }) => ({
    mount: {
      ...(await engine.images.mount(
        request.image,
        defined({ signal, platform: textOrAbsent(request.platform) }),
      )),
    },
  }),
);
