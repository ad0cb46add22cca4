import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createScratch } from './scratch.js';

let root: string;
let trees: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-scratch-'));
  trees = [];
});
afterEach(() => rm(root, { recursive: true }));

const open = () =>
  createScratch(root, {
    async removeTree(path) {
      trees.push(path);
      await rm(path, { recursive: true, force: true });
    },
  })();

test('a directory is ours alone, and goes with its disposal', async () => {
  const scratch = await open();
  expect((await stat(scratch.path)).mode & 0o777).toBe(0o700);
  await scratch[Symbol.asyncDispose]();
  expect(existsSync(scratch.path)).toBe(false);
});

test.each([
  ['nothing', [], []],
  [
    'the remains of a mount whose layer was taken',
    ['work/work/incompat/volatile'],
    ['work/work/incompat/volatile/dirty'],
  ],
  ['a work directory that was never mounted', ['work'], []],
])('%s needs no thread that removes trees', async (_, directories, files) => {
  const scratch = await open();
  for (const name of directories) await mkdir(join(scratch.path, name), { recursive: true });
  for (const name of files) await writeFile(join(scratch.path, name), '');
  await scratch[Symbol.asyncDispose]();
  expect(existsSync(scratch.path)).toBe(false);
  expect(trees).toEqual([]);
});

test('whatever else is in it goes as a tree', async () => {
  const scratch = await open();
  await mkdir(join(scratch.path, 'work/work'), { recursive: true });
  await writeFile(join(scratch.path, 'work/work/file'), '');
  await scratch[Symbol.asyncDispose]();
  expect(existsSync(scratch.path)).toBe(false);
  expect(trees).toEqual([scratch.path]);
});

test('one that is gone already is fine', async () => {
  const scratch = await open();
  await rm(scratch.path, { recursive: true });
  await scratch[Symbol.asyncDispose]();
  expect(trees).toEqual([]);
});
