import { expect, test } from 'vitest';
import { judge } from './aims.js';
import { Results } from './results.js';

function measured(key: string, wharf: number, docker?: number): Results {
  const results = new Results();
  const head = { key, title: key, unit: 'ms' } as const;
  results.add(head, 'wharf', wharf);
  if (docker !== undefined) results.add(head, 'docker', docker);
  return results;
}

test('a ratio between aim and floor reaches the floor', () => {
  const [verdict] = judge(measured('run none serial', 60, 200));
  expect(verdict).toMatchObject({ value: 0.3, met: 'floor' });
});

test('where more is better, less than the floor is missed', () => {
  expect(judge(measured('log', 50, 50))).toMatchObject([{ value: 1, met: 'missed' }]);
});

test('an absolute aim needs no other engine', () => {
  expect(judge(measured('start', 12))).toMatchObject([{ value: 12, met: 'aim' }]);
});

test('nothing is said about a ratio whose other half is missing', () => {
  expect(judge(measured('run none serial', 60))).toEqual([]);
});
