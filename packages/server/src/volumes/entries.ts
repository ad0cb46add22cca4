import { volumeEntryToWire, VolumeServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

/** Entries in one message. */
const batch = 1000;

export const listVolumeEntries = serverStream(
  VolumeServiceDefinition,
  'listVolumeEntries',
  { long: true },
  async function* ({ volume }, { engine, signal }) {
    for await (const entries of engine.volumes.entries(volume, { signal })) {
      for (let at = 0; at < entries.length; at += batch) {
        yield { entries: entries.slice(at, at + batch).map(volumeEntryToWire) };
      }
    }
  },
);
