import { expect, test } from 'vitest';
import type { Digest } from '@wharf/oci';
import { SharedLock } from '../concurrency/shared-lock.js';
import type { Leases } from '../leases/leases.js';
import { Claims } from './claims.js';

const options = { signal: new AbortController().signal };
const digest = `sha256:${'a'.repeat(64)}` as Digest;

function setUp() {
  const held = new Map<string, readonly Digest[]>();
  const leases: Leases = {
    hold: (name, digests) => void held.set(name, [...(held.get(name) ?? []), ...digests]),
    renew: () => undefined,
    release: (name) => void held.delete(name),
    held: () => new Set([...held.values()].flat()),
  };
  const collection = new SharedLock();
  return { leases, collection, claims: new Claims(leases, collection) };
}

test('what failed stays claimed for the next try, which releases it', async () => {
  const { leases, claims } = setUp();
  {
    using claim = claims.open('pull a');
    await claim.hold([digest], options);
  }
  expect(leases.held().has(digest)).toBe(true);
  claims.open('pull a').fulfil();
  expect(leases.held().size).toBe(0);
});

test('of two that work under one name the last to be done releases it', async () => {
  const { leases, claims } = setUp();
  const [first, second] = [claims.open('pull a'), claims.open('pull a')];
  await first.hold([digest], options);
  first.fulfil();
  first[Symbol.dispose]();
  expect(leases.held().has(digest)).toBe(true);
  second.fulfil();
  expect(leases.held().size).toBe(0);
});

test('a claim waits for a collection that has begun', async () => {
  const { leases, collection, claims } = setUp();
  const collecting = await collection.exclusive(options);
  const claimed = claims.open('pull a').hold([digest], options);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(leases.held().size).toBe(0);
  await collecting[Symbol.asyncDispose]();
  await claimed;
  expect(leases.held().size).toBe(1);
});
