import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { restAfter } from './rest.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('rest comes once, when no sign of life has come for so long', () => {
  let rests = 0;
  const touch = restAfter(1000, () => (rests += 1));
  vi.advanceTimersByTime(5000);
  expect(rests).toBe(0);
  touch();
  vi.advanceTimersByTime(600);
  touch();
  vi.advanceTimersByTime(900);
  expect(rests).toBe(0);
  vi.advanceTimersByTime(200);
  expect(rests).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(rests).toBe(1);
  touch();
  vi.advanceTimersByTime(1100);
  expect(rests).toBe(2);
});
