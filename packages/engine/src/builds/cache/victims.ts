import type { CacheRecord } from '@wharf/core';

export interface SpaceLimits {
  /** Bytes that stay at least. */
  readonly reserved: number;
  /** Bytes that stay at most; all may go when neither this nor the next is given. */
  readonly maxUsed?: number;
  /** Bytes of the disk that are to be free. */
  readonly minFree?: number;
}

/** Bytes of the file system that are free. */
export interface FreeSpace {
  readonly free: number;
}

/**
 * Which records go, those not used for longest first: all that may, or no more than the limits need, and never so many that less
 * than is reserved stays.
 * @param all what takes room
 * @param may those that are allowed to go
 */
export function cacheVictims(
  all: readonly CacheRecord[],
  may: (record: CacheRecord) => boolean,
  limits: SpaceLimits,
  { free }: FreeSpace,
): readonly CacheRecord[] {
  const { reserved, maxUsed, minFree } = limits;
  const limited = maxUsed !== undefined || minFree !== undefined;
  let used = all.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0);
  let room = free;
  const isEnough = (): boolean =>
    limited && used <= (maxUsed ?? Infinity) && room >= (minFree ?? 0);
  const victims: CacheRecord[] = [];
  for (const record of all.filter(may).toSorted(byAge)) {
    if (isEnough() || (reserved > 0 && used <= reserved)) break;
    victims.push(record);
    const given = record.shared ? 0 : record.size;
    used -= given;
    room += given;
  }
  return victims;
}

function byAge(a: CacheRecord, b: CacheRecord): number {
  return a.lastUsedAt.getTime() - b.lastUsedAt.getTime() || (a.id < b.id ? -1 : 1);
}
