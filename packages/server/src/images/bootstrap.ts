import { bootstrapFrameToWire, ImageServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const bootstrapImage = serverStream(
  ImageServiceDefinition,
  'bootstrapImage',
  { write: true, long: true },
  async function* ({ kind, name }, { engine, signal }) {
    for await (const frame of engine.images.bootstrap(kind, name, { signal })) {
      yield bootstrapFrameToWire(frame);
    }
  },
);
