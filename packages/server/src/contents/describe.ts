import { ContentServiceDefinition, contentToWire, defined, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const describeContent = unary(
  ContentServiceDefinition,
  'describeContent',
  {},
  async (request, { engine, signal }) => {
    const options = defined({ signal, platform: textOrAbsent(request.platform) });
    return contentToWire(await engine.contents.describe(request.image, options));
  },
);
