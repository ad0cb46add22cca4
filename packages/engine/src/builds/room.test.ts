import { tmpdir } from 'node:os';
import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import { expect, test } from 'vitest';
import { mountPoint } from '../disk/full.js';
import { fullFileSystem, namingDisk, orNameDisk } from './room.js';

const full = (): Error => Object.assign(new RangeError('write'), { code: 'ENOSPC' });

test('a failure for want of room names the file system, and keeps what it knew', async () => {
  const mount = await mountPoint(tmpdir());
  const told = new ResourceExhaustedError('no', { cause: full(), facts: { step: 'COPY' } });
  expect(await namingDisk(tmpdir(), told)).toMatchObject({
    code: 'resource-exhausted',
    message: expect.stringContaining(`no space left on the file system at ${mount} `) as string,
    facts: { step: 'COPY', path: mount },
  });
  await expect(orNameDisk(tmpdir(), () => Promise.reject(full()))).rejects.toThrow(mount);
});

test('another failure stays as it is', async () => {
  const other = new FailedPreconditionError('other');
  expect(await namingDisk(tmpdir(), other)).toBe(other);
  expect(await orNameDisk(tmpdir(), () => Promise.resolve(1))).toBe(1);
});

test('a file system with room is not full', async () => {
  expect(await fullFileSystem(tmpdir())).toBeUndefined();
});
