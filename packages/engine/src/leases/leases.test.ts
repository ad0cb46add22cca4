import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Digest } from '@wharf/oci';
import { SharedLock } from '../concurrency/shared-lock.js';
import { createLeases, leaseLifeMs } from './leases.js';
import { Claims } from '../images/claims.js';
import { openGallery } from '../images/testing/gallery.js';
import { openShelf, testOptions, type Shelf } from '../images/testing/shelf.js';

let shelf: Shelf;
let now = 0;
beforeEach(async () => {
  shelf = await openShelf();
  now = 1000;
});
afterEach(() => shelf.demolish());

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const setUp = () => {
  const leases = createLeases(shelf.state, () => now);
  return { leases, claims: new Claims(leases, new SharedLock()) };
};

test('what is worked under for days stays, what nobody works under expires', async () => {
  const { leases, claims } = setUp();
  const long = claims.open('pull a');
  await long.hold([digest('a')], testOptions);
  claims.open('pull b')[Symbol.dispose]();
  leases.hold('pull b', [digest('b')]);
  for (let hours = 0; hours < 72; hours++) {
    now += leaseLifeMs / 24;
    claims.renew();
    expect(leases.held().has(digest('a'))).toBe(true);
  }
  expect([...leases.held()]).toEqual([digest('a')]);
  long[Symbol.dispose]();
  now += leaseLifeMs;
  claims.renew();
  expect([...leases.held()]).toEqual([]);
});

test('a daemon that dies after days of work leaves a lease of ten hours at least', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const gallery = await openGallery({
    shelf: { ...shelf, leases: createLeases(shelf.state, () => Date.now()) },
  });
  try {
    await gallery.images.context.claims.open('pull a').hold([digest('a')], testOptions);
    vi.advanceTimersByTime(3 * leaseLifeMs);
    now = Date.now() + 10 * 60 * 60 * 1000;
    expect([...setUp().leases.held()]).toEqual([digest('a')]);
  } finally {
    await gallery.images.close();
    vi.useRealTimers();
  }
});

test('of a daemon that is gone only what the next try goes on with stays', async () => {
  const before = setUp().claims;
  await before.openOnce('push').hold([digest('a')], testOptions);
  await before.openOnce('load').hold([digest('b')], testOptions);
  await before.open('pull a').hold([digest('c')], testOptions);
  expect([...setUp().leases.held()]).toEqual([digest('c')]);
});

test('what nobody can go on with ends with its work', async () => {
  const { leases, claims } = setUp();
  {
    using claim = claims.openOnce('import');
    await claim.hold([digest('a')], testOptions);
    expect(leases.held().size).toBe(1);
  }
  expect(leases.held().size).toBe(0);
});
