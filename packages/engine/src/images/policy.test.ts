import { expect, test } from 'vitest';
import type { Digest } from '@wharf/oci';
import { excess, victims, type PolicyImage } from './policy.js';

const now = 1_000_000_000;
const hour = 3_600_000;

function image(
  id: string,
  usedHoursAgo: number,
  more: Partial<PolicyImage> & { names?: string[] } = {},
) {
  const { names = [`docker.io/library/${id}:latest`], ...rest } = more;
  const usedMs = now - usedHoursAgo * hour;
  const target = { digest: id as Digest, names, repositories: [], addedMs: usedMs, usedMs };
  return { target, createdMs: usedMs, inUse: false, ...rest } satisfies PolicyImage;
}

const ids = (images: readonly PolicyImage[]): string[] => images.map(({ target }) => target.digest);
const disk = { used: 70, free: 10, total: 100 };

test('a policy is exceeded by what is used, or by what is not free', () => {
  expect(excess({}, disk)).toBe(0);
  expect(excess({ maxUsed: 70 }, disk)).toBe(0);
  expect(excess({ maxUsed: 50 }, disk)).toBe(20);
  expect(excess({ minFree: 15 }, disk)).toBe(5);
  expect(excess({ minFree: { percent: 40 } }, disk)).toBe(30);
  expect(excess({ maxUsed: 50, minFree: { percent: 40 } }, disk)).toBe(30);
});

test('what has no name goes first, then what was used longest ago', () => {
  const images = [
    image('new', 1),
    image('old', 9),
    image('none', 2, { names: [] }),
    image('mid', 5),
  ];
  expect(ids(victims({}, images, now))).toEqual(['none', 'old', 'mid', 'new']);
});

test('what a container uses, what was used lately and what just came stays', () => {
  const images = [
    image('used', 99, { inUse: true }),
    image('fresh', 0),
    image('day', 20),
    image('week', 170),
  ];
  expect(ids(victims({ untilMs: 24 * hour }, images, now))).toEqual(['week']);
  expect(ids(victims({}, images, now))).toEqual(['week', 'day']);
});

test('the newest of each repository stay, by their time of creation', () => {
  const named = (id: string, hours: number, created: number): PolicyImage => ({
    ...image(id, hours, { names: [`docker.io/library/app:${id}`] }),
    createdMs: created,
  });
  const images = [named('v1', 1, 1), named('v2', 2, 2), named('v3', 3, 3), image('other', 9)];
  expect(ids(victims({ keep: 1 }, images, now))).toEqual(['v2', 'v1']);
  expect(ids(victims({ keep: 2 }, images, now))).toEqual(['v1']);
});
