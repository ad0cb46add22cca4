import { buildFrameToWire, BuildServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const buildLogs = serverStream(
  BuildServiceDefinition,
  'buildLogs',
  { long: true },
  async function* (request, { engine, signal }) {
    for await (const frame of engine.builds.logs(request.build, { signal })) {
      yield { frame: buildFrameToWire(frame) };
    }
  },
);
