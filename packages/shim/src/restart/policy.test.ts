import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restartDelay, type Ending } from './policy.js';

const ending: Ending = {
  exitCode: 1,
  ranForMs: 5,
  stopped: false,
  restartCount: 0,
  lastDelayMs: 0,
};
const always = { kind: 'always', maximumRetryCount: 0 };

test('the delay doubles from 100 ms to a minute', () => {
  const delays: number[] = [];
  for (let last = 0; delays.length < 12;) {
    last = restartDelay(always, { ...ending, lastDelayMs: last }) ?? -1;
    delays.push(last);
  }
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
});

test('ten seconds of running begin at 100 ms again', () => {
  expect(restartDelay(always, { ...ending, lastDelayMs: 60_000, ranForMs: 9_999 })).toBe(60_000);
  expect(restartDelay(always, { ...ending, lastDelayMs: 60_000, ranForMs: 10_000 })).toBe(100);
});

test('on-failure restarts failures only, and no more often than told', () => {
  const rule = { kind: 'on-failure', maximumRetryCount: 3 };
  expect(restartDelay(rule, { ...ending, exitCode: 0 })).toBeUndefined();
  expect(restartDelay(rule, { ...ending, restartCount: 2 })).toBe(100);
  expect(restartDelay(rule, { ...ending, restartCount: 3 })).toBeUndefined();
  expect(restartDelay({ ...rule, maximumRetryCount: 0 }, { ...ending, restartCount: 99 })).toBe(
    100,
  );
});

test('nothing restarts what a user has stopped, or what has no policy', () => {
  const kinds = fc.constantFrom('no', 'on-failure', 'always', 'unless-stopped', 'nonsense');
  fc.assert(
    fc.property(kinds, fc.nat(255), fc.boolean(), (kind, exitCode, stopped) => {
      const delay = restartDelay({ kind, maximumRetryCount: 0 }, { ...ending, exitCode, stopped });
      const wanted =
        kind === 'always' || kind === 'unless-stopped' || (kind === 'on-failure' && exitCode !== 0);
      expect(delay).toBe(wanted && !stopped ? 100 : undefined);
    }),
  );
});
