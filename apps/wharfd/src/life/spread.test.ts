import { expect, test } from 'vitest';
import { spreadParents } from './spread.js';

test('a directory that cannot be spread hinders neither the others nor the start', () => {
  const asked: string[] = [];
  const spreadDirectories = (path: string): boolean => {
    asked.push(path);
    throw new RangeError('ELOOP');
  };
  spreadParents({ spreadDirectories }, '/data');
  expect(asked).toEqual([
    '/data/snapshots',
    '/data/containers',
    '/data/volumes',
    '/data/builds/tmp',
  ]);
});
