import type { CacheRecord } from '@wharf/core';
import { agoText } from '../../format/status.js';
import { humanSize } from '../../format/units.js';

/** Titles of the columns of `builder du`. */
export const cacheHeaders = {
  CreatedAt: 'CREATED AT',
  CreatedSince: 'CREATED',
  Description: 'DESCRIPTION',
  ID: 'ID',
  InUse: 'IN USE',
  LastUsedAt: 'LAST USED AT',
  LastUsedSince: 'LAST ACCESSED',
  Reclaimable: 'RECLAIMABLE',
  Shared: 'SHARED',
  Size: 'SIZE',
  Type: 'TYPE',
  UsageCount: 'USAGE COUNT',
};

/** A result in the cache as `builder du` shows it. */
export function cacheRow(record: CacheRecord, now: Date): object {
  const { createdAt, lastUsedAt } = record;
  const since = (moment: Date): string => agoText(moment, now);
  return {
    CreatedAt: createdAt.toISOString(),
    CreatedSince: () => since(createdAt),
    Description: record.description,
    ID: record.id,
    InUse: String(record.inUse),
    LastUsedAt: lastUsedAt.toISOString(),
    LastUsedSince: () => since(lastUsedAt),
    Reclaimable: String(isReclaimable(record)),
    Shared: String(record.shared),
    Size: humanSize(record.size),
    Type: record.kind,
    UsageCount: String(record.uses),
  };
}

/** Whether removing it is possible now and gives room. */
export function isReclaimable({ inUse, shared }: CacheRecord): boolean {
  return !inUse && !shared;
}
