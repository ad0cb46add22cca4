import { defined, filtersFromWire, ImageServiceDefinition, numberToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const pruneImages = unary(
  ImageServiceDefinition,
  'pruneImages',
  { write: true },
  async ({ all, filters }, { engine, signal }) => {
    const options = defined({ signal, all, filters: filtersFromWire(filters) });
    const { untagged, deleted, reclaimed } = await engine.images.prune(options);
    return {
      untagged: [...untagged],
      deleted: [...deleted],
      reclaimedBytes: numberToWire(reclaimed, 'reclaimed bytes'),
    };
  },
);
