import { ContainerServiceDefinition, fileChangeToWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

/** Changes in one message. */
const batch = 1000;

export const listContainerChanges = serverStream(
  ContainerServiceDefinition,
  'listContainerChanges',
  {},
  async function* (request, { engine, signal }) {
    const changes = await engine.containers.changes(request.container, { signal });
    for (let at = 0; at < changes.length; at += batch) {
      yield { changes: changes.slice(at, at + batch).map(fileChangeToWire) };
    }
  },
);
