import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ballastBytes, createBallast } from './ballast.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-ballast-'));
});
afterEach(() => rm(root, { recursive: true }));

test('it takes up room, is given back once, and is made again', async () => {
  const path = join(root, 'ballast');
  const ballast = createBallast(path);
  expect(ballast.release()).toBe(false);
  await Promise.all([ballast.restore(), ballast.restore()]);
  const { size, blocks } = await stat(path);
  expect(size).toBe(ballastBytes);
  expect(blocks * 512).toBeGreaterThanOrEqual(ballastBytes);
  expect([ballast.release(), ballast.release()]).toEqual([true, false]);
  await ballast.restore();
  await truncate(path, 1);
  await ballast.restore();
  expect((await stat(path)).size).toBe(ballastBytes);
  expect(await readdir(root)).toEqual(['ballast']);
});

test('where it cannot be made nothing fails', async () => {
  await createBallast(join(root, 'missing', 'ballast')).restore();
  expect(await readdir(root)).toEqual([]);
});
