import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLocalOptions } from './local-options.js';

test('a mount has its words, and the size where the file system takes one', () => {
  const options = { type: 'tmpfs', device: 'tmpfs', o: 'uid=5,,ro', size: '64m', mode: '750' };
  expect(parseLocalOptions(options)).toEqual({
    mode: 0o750,
    mount: { type: 'tmpfs', device: 'tmpfs', options: ['uid=5', 'ro', `size=${64 << 20}`] },
  });
});

test('owners are of the top directory', () => {
  expect(parseLocalOptions({ uid: '999', gid: '0', mode: '0700' })).toEqual({
    uid: 999,
    gid: 0,
    mode: 0o700,
  });
});

test.each([
  [{ nope: '1' }, 'invalid option: "nope"'],
  [{ type: 'tmpfs' }, 'missing required option: "device"'],
  [{ device: '/x' }, 'missing required option: "type"'],
  [{ o: 'bind' }, 'missing required option: "device"'],
  [{ size: '1g', type: 'ext4', device: '/x' }, 'quota size requested but no quota support'],
  [{ size: 'much' }, "invalid size: 'much'"],
  [{ uid: 'root' }, "invalid uid: 'root'"],
  [{ uid: '4294967295' }, 'invalid uid'],
  [{ mode: '999' }, "invalid mode: '999'"],
])('%j is refused', (options, why) => {
  expect(() => parseLocalOptions(options as unknown as Record<string, string>)).toThrow(why);
});

test('whatever comes is read, or refused with a code', () => {
  const keys = fc.constantFrom('type', 'o', 'device', 'size', 'uid', 'gid', 'mode', 'x');
  fc.assert(
    fc.property(fc.dictionary(keys, fc.string()), (options) => {
      try {
        const { uid = 0, mode = 0 } = parseLocalOptions(options);
        expect(uid).toBeLessThan(2 ** 32 - 1);
        expect(mode).toBeLessThanOrEqual(0o7777);
      } catch (error) {
        expect(isWharfError(error)).toBe(true);
      }
    }),
  );
});
