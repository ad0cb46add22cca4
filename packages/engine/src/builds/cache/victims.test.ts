import { describe, expect, test } from 'vitest';
import type { CacheRecord } from '@wharf/core';
import { cacheVictims } from './victims.js';

function record(id: string, usedMs: number, change: Partial<CacheRecord> = {}): CacheRecord {
  return {
    ...{ id, kind: 'layer', description: id, uses: 1, size: 10, inUse: false, shared: false },
    ...{ createdAt: new Date(0), lastUsedAt: new Date(usedMs) },
    ...change,
  };
}

const all = [
  record('new', 3),
  record('middle', 2),
  record('old', 1),
  record('used', 0, { inUse: true }),
];
const may = ({ inUse }: CacheRecord): boolean => !inUse;
const ids = (limits: Parameters<typeof cacheVictims>[2], free = 0): string[] =>
  cacheVictims(all, may, limits, { free }).map(({ id }) => id);

describe('what goes', () => {
  test('all that may when there is no limit, the oldest first', () => {
    expect(ids({ reserved: 0 })).toEqual(['old', 'middle', 'new']);
  });

  test.each([
    ['no more than stays at most', { reserved: 0, maxUsed: 25 }, 0, ['old', 'middle']],
    ['nothing within the limit', { reserved: 0, maxUsed: 40 }, 0, []],
    ['until so much is free', { reserved: 0, minFree: 25 }, 10, ['old', 'middle']],
    ['never what is reserved', { reserved: 30, maxUsed: 0 }, 0, ['old']],
    ['nothing below what is reserved', { reserved: 40 }, 0, []],
  ])('%s', (_what, limits, free, expected) => {
    expect(ids(limits, free)).toEqual(expected);
  });

  test('what images have too gives no room', () => {
    const shared = [record('a', 1, { shared: true }), record('b', 2), record('c', 3)];
    const found = cacheVictims(shared, may, { reserved: 0, maxUsed: 10 }, { free: 0 });
    expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
