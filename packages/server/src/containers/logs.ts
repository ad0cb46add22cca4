import { ContainerServiceDefinition, logQueryFromWire, logRecordToWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const streamContainerLogs = serverStream(
  ContainerServiceDefinition,
  'streamContainerLogs',
  { long: true },
  async function* (request, { engine, signal }) {
    const query = logQueryFromWire(request);
    for await (const records of engine.containers.logs(request.container, query, { signal })) {
      yield { records: records.map(logRecordToWire) };
    }
  },
);
