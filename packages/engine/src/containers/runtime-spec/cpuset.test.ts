import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCpuList, parseCpuList } from './cpuset.js';

test('lists and ranges are read', () => {
  expect([...parseCpuList('0-3,7,5-5', '--x')]).toEqual([0, 1, 2, 3, 7, 5]);
});

test.each(['', ',', '1-', '-1', '1--2', '1-2-3', 'a', '8192', '99999', ' 1', '1\n', '0-8191,'])(
  '%j is refused',
  (text) => {
    expect(() => parseCpuList(text, '--x')).toThrow(/invalid value/);
  },
);

test('members must be there', () => {
  expect(() => checkCpuList('4', '0-3', '--x', 'CPUs')).toThrow(/requested 4, available: 0-3/);
  checkCpuList('1,3', '0-3\n', '--x', 'CPUs');
  checkCpuList('', '0-3', '--x', 'CPUs');
  checkCpuList('77', '', '--x', 'CPUs');
});

test('what is written as ranges is read back', () => {
  const range = fc
    .tuple(fc.nat(8191), fc.nat(8191))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), (ranges) => {
      const text = ranges.map(([a, b]) => (a === b ? String(a) : `${a}-${b}`)).join(',');
      const found = parseCpuList(text, '--x');
      for (const [a, b] of ranges) for (const n of [a, b]) expect(found.has(n)).toBe(true);
      const most = ranges.reduce((sum, [a, b]) => sum + b - a + 1, 0);
      expect(found.size).toBeLessThanOrEqual(most);
    }),
  );
});
