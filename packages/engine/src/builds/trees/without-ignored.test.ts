import { decodeTreeDirectory } from '@wharf/core';
import { expect, test } from 'vitest';
import { memoryTrees, type MemoryTrees } from '../testing/memory-trees.js';
import { withoutIgnored } from './without-ignored.js';

const options = { signal: AbortSignal.timeout(10_000) };

function pathsOf(trees: MemoryTrees, digest: string, below = ''): string[] {
  const text = Buffer.from(trees.pieces.get(digest) ?? []).toString('latin1');
  return decodeTreeDirectory(text).entries.flatMap((entry) => {
    const path = below + Buffer.from(entry.name, 'latin1').toString();
    return entry.kind === 'directory'
      ? [`${path}/`, ...pathsOf(trees, entry.digest, `${path}/`)]
      : [path];
  });
}

const files = {
  Dockerfile: 'FROM a',
  'a/keep': '1',
  'a/log': '2',
  'b/deep/log': '3',
  'c/x': '4',
};

test.each([
  [
    'nothing is ignored',
    '',
    ['Dockerfile', 'a/', 'a/keep', 'a/log', 'b/', 'b/deep/', 'b/deep/log', 'c/', 'c/x'],
  ],
  [
    'files, and directories with all in them',
    'Dockerfile\nc\n',
    ['a/', 'a/keep', 'a/log', 'b/', 'b/deep/', 'b/deep/log'],
  ],
  ['at any depth', '**/log', ['Dockerfile', 'a/', 'a/keep', 'b/', 'b/deep/', 'c/', 'c/x']],
  ['all but what is taken back', '*\n!b/deep/log', ['b/', 'b/deep/', 'b/deep/log']],
])('%s', async (_what, ignore, left) => {
  const trees = memoryTrees();
  const tree = trees.plant(files);
  const found = await withoutIgnored(trees, tree, ignore, options);
  expect(pathsOf(trees, found)).toEqual(left);
  expect(await withoutIgnored(trees, found, ignore, options)).toBe(found);
  if (ignore === '') expect(found).toBe(tree);
});
