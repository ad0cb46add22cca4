import { expect, test } from 'vitest';
import { NotFoundError, toWharfError } from './errors.js';

test('a full disk, also of SQLite, is no bug', () => {
  const full = Object.assign(new TypeError('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  });
  expect(toWharfError(full)).toMatchObject({ code: 'resource-exhausted', cause: full });
  const database = Object.assign(new TypeError('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
  });
  expect(toWharfError(database).code).toBe('resource-exhausted');
});

test('a failure stays what it is, anything unknown is internal', () => {
  const failure = new NotFoundError('image', 'x');
  expect(toWharfError(failure)).toBe(failure);
  expect(toWharfError(Object.assign(new TypeError('x'), { code: 'toString' })).code).toBe(
    'internal',
  );
  expect(toWharfError('text')).toMatchObject({ code: 'internal', message: 'text' });
});
