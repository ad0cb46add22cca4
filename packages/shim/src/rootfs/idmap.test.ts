import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIdmap } from './idmap.js';

test('a mapping becomes lines of uid_map and gid_map, one for both where only one is given', () => {
  expect(parseIdmap('uids=1000-0-1#5-6-7;gids=1-2-3')).toEqual({
    uids: '1000 0 1\n5 6 7',
    gids: '1 2 3',
  });
  expect(parseIdmap('gids=1-2-3')).toEqual({ uids: '1 2 3', gids: '1 2 3' });
});

test.each([
  '',
  'uids=',
  'uids=1-2',
  'uids=1-2-0',
  'uids=1-2-3;uids=1-2-3',
  'x=1-2-3',
  'uids=4294967295-0-2',
  'uids=0-4294967290-100',
  'uids=-1-2-3',
])('%s is refused', (text) => {
  expect(() => parseIdmap(text)).toThrow('invalid idmap');
});

test('whatever comes, the lines hold numbers of 32 bits or it is refused', () => {
  const part = fc.tuple(fc.nat(2 ** 33), fc.nat(2 ** 33), fc.nat(2 ** 33));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.string(), (ranges, noise) => {
      const text = `uids=${ranges.map((range) => range.join('-')).join('#')}${noise}`;
      try {
        for (const line of parseIdmap(text).uids.split('\n')) {
          const numbers = line.split(' ').map(Number);
          expect(numbers).toHaveLength(3);
          for (const number of numbers) expect(number).toBeLessThan(2 ** 32);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-argument' });
      }
    }),
  );
});
