import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MS_BIND, MS_NOEXEC, MS_RDONLY, MS_REC } from '../../native/constants.js';
import { mountFlags } from './mount-flags.js';

test('words become flags, a later one takes back an earlier one, the rest is for the file system', () => {
  expect(mountFlags(['rbind', 'ro', 'noexec', 'rw', 'size=1m', 'addr=1.2.3.4'])).toEqual({
    flags: MS_BIND | MS_REC | MS_NOEXEC,
    data: ['size=1m', 'addr=1.2.3.4'],
  });
  expect(mountFlags(['ro']).flags).toBe(MS_RDONLY);
});

test('no word is lost and none of the language is taken for one', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constant('constructor'))), (options) => {
      const { data } = mountFlags(options);
      expect(options.filter((option) => data.includes(option))).toEqual(data);
    }),
  );
  expect(mountFlags(['__proto__', 'toString']).data).toEqual(['__proto__', 'toString']);
});
