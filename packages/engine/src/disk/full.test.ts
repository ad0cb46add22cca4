import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { ResourceExhaustedError, WharfError } from '@wharf/core';
import { diskFull, isDiskFull, mountPoint } from './full.js';

const failed = (fields: object, cause?: unknown): Error =>
  Object.assign(new TypeError('write', { cause }), fields);

test.each([
  failed({ code: 'ENOSPC' }),
  failed({ code: 'EDQUOT' }),
  failed({ errcode: 13 }),
  failed({}, failed({}, failed({ code: 'ENOSPC' }))),
  new ResourceExhaustedError('no space', { facts: { errno: 'ENOSPC' } }),
])('a full disk is known, however deep it lies (%#)', (error) => {
  expect(isDiskFull(error)).toBe(true);
});

test('other failures, and causes in a circle, are no full disk', () => {
  const circle = failed({ code: 'EIO' });
  circle.cause = circle;
  for (const error of [circle, undefined, 'ENOSPC', new WharfError('resource-exhausted', 'x')])
    expect(isDiskFull(error)).toBe(false);
});

test('the failure names the file system and how much of it is free', async () => {
  const mount = await mountPoint(tmpdir());
  expect(tmpdir().startsWith(mount)).toBe(true);
  expect(await mountPoint('/proc/self')).toBe('/proc');
  const error = await diskFull('pulling app:1', '/proc/self', failed({ code: 'ENOSPC' }));
  expect(error.message).toMatch(
    /^pulling app:1: no space left on the file system at \/proc \(0\.0/,
  );
  expect(isDiskFull(error)).toBe(true);
});
