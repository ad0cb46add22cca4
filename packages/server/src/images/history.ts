import { defined, historyRowToWire, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const getImageHistory = unary(
  ImageServiceDefinition,
  'getImageHistory',
  {},
  async (request, { engine, signal }) => {
    const options = defined({ signal, platform: textOrAbsent(request.platform) });
    return { rows: (await engine.images.history(request.image, options)).map(historyRowToWire) };
  },
);
