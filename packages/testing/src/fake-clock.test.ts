import { expect, test } from 'vitest';
import { fakeClock } from './fake-clock.js';

test('sleepers wake in order of their time, each at its own', async () => {
  const clock = fakeClock(1000);
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push([name, clock.now()]);
  };
  const all = Promise.all([sleeper('late', 30), sleeper('early', 10)]);
  await clock.advance(29);
  expect(woken).toEqual([['early', 1010]]);
  await clock.advance(1);
  await all;
  expect(woken[1]).toEqual(['late', 1030]);
});

test('a sleeper that sleeps again is woken within the same advance', async () => {
  const clock = fakeClock();
  let rounds = 0;
  const loop = async (): Promise<void> => {
    for (; rounds < 3; rounds += 1) await clock.sleep(10);
  };
  const done = loop();
  await clock.advance(30);
  await done;
  expect(rounds).toBe(3);
});

test('an aborted sleep rejects with the reason and is forgotten', async () => {
  const clock = fakeClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(10, { signal: abort.signal });
  abort.abort('enough');
  await expect(sleeping).rejects.toBe('enough');
  expect(clock.sleeping).toBe(0);
});
