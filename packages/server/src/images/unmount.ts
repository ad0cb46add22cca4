import { defined, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const unmountImage = unary(
  ImageServiceDefinition,
  'unmountImage',
  { write: true },
  async (request, { engine, signal }) => {
    const { image, force } = request;
    await engine.images.unmount(
      image,
      defined({ signal, force, platform: textOrAbsent(request.platform) }),
    );
    return {};
  },
);
