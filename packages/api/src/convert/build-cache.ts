import type { CacheMount, CacheRecord, PruneCacheOptions } from '@wharf/core';
import { CacheRecordKind } from '../gen/wharf/v1/builds.js';
import type * as wire from '../gen/wharf/v1/builds.js';
import { enumPair } from './enums.js';
import { dateFromWire, dateToWire } from './times.js';
import {
  atLeast,
  defined,
  filtersFromWire,
  filtersToWire,
  numberFromWire,
  numberToWire,
} from './values.js';

const kinds = enumPair<CacheRecord['kind']>('kind of a cache record', {
  layer: CacheRecordKind.LAYER,
  tree: CacheRecordKind.TREE,
  'cache-mount': CacheRecordKind.CACHE_MOUNT,
  image: CacheRecordKind.IMAGE,
  git: CacheRecordKind.GIT,
});

export function cacheRecordToWire({ size, ...record }: CacheRecord): wire.CacheRecord {
  return {
    ...record,
    kind: kinds.toWire(record.kind),
    createdAt: dateToWire(record.createdAt),
    lastUsedAt: dateToWire(record.lastUsedAt),
    uses: numberToWire(record.uses, 'uses of a cache record'),
    sizeBytes: numberToWire(size, 'size of a cache record'),
  };
}

export function cacheRecordFromWire(record: wire.CacheRecord): CacheRecord {
  const { id, description, inUse, shared } = record;
  return {
    id,
    kind: kinds.fromWire(record.kind),
    description,
    createdAt: dateFromWire(record.createdAt, 'record.created_at'),
    lastUsedAt: dateFromWire(record.lastUsedAt, 'record.last_used_at'),
    uses: numberFromWire(record.uses, 'record.uses'),
    size: numberFromWire(record.sizeBytes, 'record.size_bytes'),
    inUse,
    shared,
  };
}

export function cacheMountToWire({ size, ...mount }: CacheMount): wire.CacheMount {
  return {
    ...mount,
    createdAt: dateToWire(mount.createdAt),
    lastUsedAt: dateToWire(mount.lastUsedAt),
    sizeBytes: numberToWire(size, 'size of a cache mount'),
  };
}

export function cacheMountFromWire(mount: wire.CacheMount): CacheMount {
  return {
    id: mount.id,
    createdAt: dateFromWire(mount.createdAt, 'mount.created_at'),
    lastUsedAt: dateFromWire(mount.lastUsedAt, 'mount.last_used_at'),
    size: numberFromWire(mount.sizeBytes, 'mount.size_bytes'),
    inUse: mount.inUse,
  };
}

/** What is pruned, without the signal. */
export type PruneCacheChoice = Omit<PruneCacheOptions, 'signal'>;

export function pruneCacheToWire(choice: PruneCacheChoice): wire.PruneCacheRequest {
  return {
    all: choice.all ?? false,
    filters: filtersToWire(choice.filters),
    reservedSpaceBytes: choice.reservedSpace,
    maxUsedSpaceBytes: choice.maxUsedSpace,
    minFreeSpaceBytes: choice.minFreeSpace,
  };
}

export function pruneCacheFromWire(request: wire.PruneCacheRequest): PruneCacheChoice {
  return defined({
    all: request.all,
    filters: filtersFromWire(request.filters),
    reservedSpace: bytesFromWire(request.reservedSpaceBytes, 'reserved_space_bytes'),
    maxUsedSpace: bytesFromWire(request.maxUsedSpaceBytes, 'max_used_space_bytes'),
    minFreeSpace: bytesFromWire(request.minFreeSpaceBytes, 'min_free_space_bytes'),
  });
}

function bytesFromWire(bytes: bigint | undefined, what: string): bigint | undefined {
  return bytes === undefined ? undefined : atLeast(bytes, what, 0n);
}
