import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Flights } from './flights.js';
import { KeyLock } from './key-lock.js';
import { Semaphore } from './semaphore.js';
import { SharedLock } from './shared-lock.js';

const forever = (): { signal: AbortSignal } => ({ signal: new AbortController().signal });

test('holders of one key follow each other, other keys do not wait', async () => {
  const locks = new KeyLock();
  const order: string[] = [];
  const hold = async (key: string, name: string, ms: number): Promise<void> => {
    await using _ = await locks.acquire(key, forever());
    order.push(`${name}+`);
    await sleep(ms);
    order.push(`${name}-`);
  };
  await Promise.all([hold('a', 'one', 20), hold('a', 'two', 1), hold('b', 'other', 1)]);
  expect(order.indexOf('one-')).toBeLessThan(order.indexOf('two+'));
  expect(order.indexOf('other-')).toBeLessThan(order.indexOf('one-'));
});

test('a waiter that leaves does not block the next one', async () => {
  const locks = new KeyLock();
  const first = await locks.acquire('a', forever());
  const leaving = new AbortController();
  const second = locks.acquire('a', { signal: leaving.signal });
  const third = locks.acquire('a', forever());
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await first[Symbol.asyncDispose]();
  await (await third)[Symbol.asyncDispose]();
});

test('work is shared and survives while one passenger stays', async () => {
  const flights = new Flights<number>();
  let started = 0;
  const work = async (signal: AbortSignal): Promise<number> => {
    started += 1;
    await sleep(20, undefined, { signal });
    return 7;
  };
  const leaving = new AbortController();
  const leaves = flights.join('k', { signal: leaving.signal }, work);
  const stays = flights.join('k', forever(), work);
  leaving.abort(new Error('gone'));
  await expect(leaves).rejects.toMatchObject({ code: 'cancelled' });
  await expect(stays).resolves.toBe(7);
  expect(started).toBe(1);
});

test('work is aborted when the last passenger left, and starts anew for the next', async () => {
  const flights = new Flights<string>();
  let aborted = false;
  const work = (signal: AbortSignal): Promise<string> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(signal.reason as Error);
      });
    });
  const leaving = new AbortController();
  const only = flights.join('k', { signal: leaving.signal }, work);
  leaving.abort(new Error('gone'));
  await expect(only).rejects.toMatchObject({ code: 'cancelled' });
  expect(aborted).toBe(true);
  await expect(flights.join('k', forever(), () => Promise.resolve('new'))).resolves.toBe('new');
});

test('the last passenger waits for the end of the work that nobody wants', async () => {
  const flights = new Flights<void>();
  let running = false;
  const work = async (): Promise<void> => {
    running = true;
    await sleep(20);
    running = false;
  };
  const [early, late] = [new AbortController(), new AbortController()];
  const leavesEarly = flights.join('k', early, work);
  const leavesLate = flights.join('k', late, work);
  early.abort(new Error('gone'));
  await expect(leavesEarly).rejects.toMatchObject({ code: 'cancelled' });
  expect(running).toBe(true);
  late.abort(new Error('gone'));
  await expect(leavesLate).rejects.toMatchObject({ code: 'cancelled' });
  expect(running).toBe(false);
});

test('work begins anew only after abandoned work has ended', async () => {
  const flights = new Flights<void>();
  let running = 0;
  let started = 0;
  const work = async (): Promise<void> => {
    started += 1;
    expect(++running).toBe(1);
    await sleep(20);
    running -= 1;
  };
  const left: Promise<void>[] = [];
  for (let n = 0; n < 3; n++) {
    const leaving = new AbortController();
    const only = flights.join('k', leaving, work);
    leaving.abort(new Error('gone'));
    left.push(expect(only).rejects.toMatchObject({ code: 'cancelled' }));
    await sleep(1);
  }
  await flights.join('k', forever(), work);
  expect(running).toBe(0);
  expect(started).toBe(2);
  await Promise.all(left);
});

test('a writer waits for readers and keeps later readers out', async () => {
  const lock = new SharedLock();
  const order: string[] = [];
  const reader = await lock.shared(forever());
  const writer = lock.exclusive(forever()).then(async (held) => {
    order.push('write');
    await held[Symbol.asyncDispose]();
  });
  const late = lock.shared(forever()).then(async (held) => {
    order.push('read');
    await held[Symbol.asyncDispose]();
  });
  await sleep(5);
  expect(order).toEqual([]);
  await reader[Symbol.asyncDispose]();
  await Promise.all([writer, late]);
  expect(order).toEqual(['write', 'read']);
});

test('a writer that leaves while readers are in lets later readers in', async () => {
  const lock = new SharedLock();
  const reader = await lock.shared(forever());
  const leaving = new AbortController();
  const writer = lock.exclusive({ signal: leaving.signal });
  const later = lock.shared(forever());
  await sleep(1);
  leaving.abort(new Error('gone'));
  await expect(writer).rejects.toMatchObject({ code: 'cancelled' });
  await (await later)[Symbol.asyncDispose]();
  await reader[Symbol.asyncDispose]();
  await (await lock.exclusive(forever()))[Symbol.asyncDispose]();
});

test('waiting for a place leaves no listener on the signal', async () => {
  const places = new Semaphore(1);
  const { signal } = new AbortController();
  for (let i = 0; i < 3; i++) {
    const first = await places.acquire({ signal });
    const second = places.acquire({ signal });
    await sleep(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a waiter for a place that leaves does not take the next one', async () => {
  const places = new Semaphore(1);
  const first = await places.acquire(forever());
  const leaving = new AbortController();
  const second = places.acquire({ signal: leaving.signal });
  const third = places.acquire(forever());
  await sleep(1);
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await first[Symbol.asyncDispose]();
  await (await third)[Symbol.asyncDispose]();
});
