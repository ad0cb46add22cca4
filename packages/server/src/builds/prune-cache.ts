import { BuildServiceDefinition, numberToWire, pruneCacheFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const pruneCache = unary(
  BuildServiceDefinition,
  'pruneCache',
  { write: true, long: true },
  async (request, { engine, signal }) => {
    const options = { ...pruneCacheFromWire(request), signal };
    const { removed, reclaimed } = await engine.builds.prune(options);
    return {
      removed: [...removed],
      reclaimedBytes: numberToWire(reclaimed, 'reclaimed bytes'),
    };
  },
);
