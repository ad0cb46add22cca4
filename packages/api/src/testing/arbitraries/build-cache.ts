import fc from 'fast-check';
import type { CacheMount, CacheRecord } from '@wharf/core';
import type { PruneCacheChoice } from '../../convert/build-cache.js';
import { filters, flag, int64, record, size, text, time } from './values.js';

export const cacheRecord: fc.Arbitrary<CacheRecord> = fc.record({
  id: text,
  kind: fc.constantFrom(
    'layer' as const,
    'tree' as const,
    'cache-mount' as const,
    'image' as const,
    'git' as const,
  ),
  description: text,
  createdAt: time,
  lastUsedAt: time,
  uses: size,
  size,
  inUse: flag,
  shared: flag,
});

export const cacheMount: fc.Arbitrary<CacheMount> = fc.record({
  id: text,
  createdAt: time,
  lastUsedAt: time,
  size,
  inUse: flag,
});

export const pruneCacheChoice: fc.Arbitrary<PruneCacheChoice> = record<PruneCacheChoice, 'all'>(
  { all: flag },
  { filters, reservedSpace: int64, maxUsedSpace: int64, minFreeSpace: int64 },
);
