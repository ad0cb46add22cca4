import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeEmptyParent } from './cgroup-parent.js';

let root: string;
let parent: string;
let busy: string;
const place = () => ({ version: 2, path: '/wharf', root }) as const;

/** A file in a directory keeps it from being removed, as a process does a control group. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-cgroup-'));
  parent = join(root, 'wharf');
  busy = join(parent, 'shims', 'busy');
  await mkdir(join(parent, 'shims'), { recursive: true });
  await writeFile(busy, '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a process of ours that is on its way out is waited for', async () => {
  const removed = removeEmptyParent(place());
  expect(existsSync(parent)).toBe(true);
  await rm(busy);
  await removed;
  expect(existsSync(parent)).toBe(false);
});

test('where containers are nothing is waited for', async () => {
  await mkdir(join(parent, 'container'));
  await writeFile(join(parent, 'container', 'busy'), '');
  await removeEmptyParent(place());
  expect(existsSync(busy)).toBe(true);
});
