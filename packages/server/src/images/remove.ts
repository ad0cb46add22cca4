import { defined, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeImage = unary(
  ImageServiceDefinition,
  'removeImage',
  { write: true },
  async (request, { engine, signal }) => {
    const { force, noPrune } = request;
    const options = defined({ signal, force, noPrune, platform: textOrAbsent(request.platform) });
    const { untagged, deleted } = await engine.images.remove(request.image, options);
    return { untagged: [...untagged], deleted: [...deleted] };
  },
);
