import { defined, fileChangeToWire, ImageServiceDefinition, textOrAbsent } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const diffImages = serverStream(
  ImageServiceDefinition,
  'diffImages',
  { long: true },
  async function* (request, { engine, signal }) {
    const { from, to } = request;
    const options = defined({ signal, platform: textOrAbsent(request.platform) });
    for await (const changes of engine.images.diff(from, to, options)) {
      yield { changes: changes.map(fileChangeToWire) };
    }
  },
);
