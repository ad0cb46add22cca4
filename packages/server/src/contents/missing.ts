import { blobsFromWire, ContentServiceDefinition, missingToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listMissingBlobs = unary(
  ContentServiceDefinition,
  'listMissingBlobs',
  { write: true },
  async ({ lease, blobs }, { engine, signal }) => {
    const missing = await engine.contents.missing(lease, blobsFromWire(blobs), { signal });
    return { blobs: missing.map(missingToWire) };
  },
);
