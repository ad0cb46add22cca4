import {
  BuildServiceDefinition,
  cacheMountFromWire,
  cacheRecordFromWire,
  filtersToWire,
  numberFromWire,
  pruneCacheToWire,
} from '@wharf/api';
import type { Builds } from '@wharf/core';
import { uploaded, uploadFrames } from './bytes.js';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = BuildServiceDefinition;

type CacheVerbs = 'cache' | 'prune' | 'cacheMounts' | 'exportCacheMount' | 'importCacheMount';

/** What a remote builder keeps. */
export function buildCache(transport: Transport): Pick<Builds, CacheVerbs> {
  return {
    cache: ({ filters, signal }) =>
      unary(
        transport,
        [service, 'listCache'],
        { filters: filtersToWire(filters) },
        { signal },
        ({ records }) => records.map(cacheRecordFromWire),
      ),
    prune: ({ signal, ...choice }) =>
      unary(
        transport,
        [service, 'pruneCache'],
        pruneCacheToWire(choice),
        { signal },
        ({ removed, reclaimedBytes }) => ({
          removed,
          reclaimed: numberFromWire(reclaimedBytes, 'reclaimed_bytes'),
        }),
      ),
    cacheMounts: (options) =>
      unary(transport, [service, 'listCacheMounts'], {}, options, ({ mounts }) =>
        mounts.map(cacheMountFromWire),
      ),
    exportCacheMount: (id, options) =>
      serverStream(
        transport,
        [service, 'exportCacheMount'],
        () => ({ id }),
        options,
        ({ data }) => data,
      ),
    async importCacheMount(id, archive, options) {
      const frames = uploadFrames({ id }, archive);
      await uploaded(transport, [service, 'importCacheMount'], frames, options);
    },
  };
}
