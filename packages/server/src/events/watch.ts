import { eventFrameToWire, EventServiceDefinition, watchQueryFromWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const watchEvents = serverStream(
  EventServiceDefinition,
  'watchEvents',
  { long: true },
  async function* (request, { engine, signal }) {
    for await (const frame of engine.events.watch(watchQueryFromWire(request), { signal })) {
      yield eventFrameToWire(frame);
    }
  },
);
