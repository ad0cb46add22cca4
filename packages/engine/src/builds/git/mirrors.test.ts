import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitMirrors, type GitMirrors } from './mirrors.js';

const options = { signal: AbortSignal.timeout(20_000) };
let root: string;
let clock: number;
let mirrors: GitMirrors;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-mirrors-'));
  clock = Date.now() + 60_000;
  const files = { removeTree: (path: string) => rm(path, { recursive: true, force: true }) };
  mirrors = createGitMirrors({ root, files }, () => clock);
});
afterEach(() => rm(root, { recursive: true }));

async function fetched(remote: string): Promise<string> {
  await using mirror = await mirrors.use(remote, options);
  return mirror.path;
}

test('a remote has one directory, whoever fetches from it', async () => {
  expect(await fetched('https://one.test/a')).toBe(await fetched('https://one.test/a'));
  expect(await fetched('https://one.test/../b')).toMatch(/\/git\/[0-9a-f]{64}$/);
  expect(await readdir(join(root, 'git'))).toHaveLength(2);
});

test('two who fetch from it take turns', async () => {
  const first = await mirrors.use('https://one.test/a', options);
  let came = false;
  const second = mirrors.use('https://one.test/a', options).then((mirror) => {
    came = true;
    return mirror;
  });
  await sleep(20);
  expect(came).toBe(false);
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
});

test('a prune takes those of before that nobody uses, and tells what they took', async () => {
  const remote = 'https://one.test/old';
  const pack = join(await fetched(remote), 'objects');
  await writeFile(pack, 'four');
  await fetched('https://one.test/old');
  await using used = await mirrors.use('https://one.test/used', options);
  clock += 5000;
  const young = await fetched('https://one.test/young');
  expect(await mirrors.prune(clock - 1000, options)).toBe(4 + remote.length);
  const left = (await readdir(join(root, 'git'))).map((name) => join(root, 'git', name));
  expect(left.sort()).toEqual([young, used.path].sort());
  await mirrors.prune(Infinity, options);
  expect(await readdir(join(root, 'git'))).toHaveLength(1);
});

test('they are listed with their remote, without its password, and removed one by one', async () => {
  await fetched('https://user:secret@one.test/a');
  await using used = await mirrors.use('https://one.test/b', options);
  const all = await mirrors.list(options);
  const byRemote = Object.fromEntries(all.map((mirror) => [mirror.remote, mirror]));
  expect(Object.keys(byRemote).sort()).toEqual(['https://one.test/a', 'https://one.test/b']);
  const { 'https://one.test/a': a, 'https://one.test/b': b } = byRemote;
  expect(a).toMatchObject({ lastUsedAt: new Date(clock), inUse: false });
  expect(b).toMatchObject({ inUse: true });
  expect(await mirrors.remove(a?.id ?? '', options)).toBe(a?.size);
  expect(await mirrors.remove(b?.id ?? '', options)).toBe(0);
  expect(await mirrors.remove('../objects', options)).toBe(0);
  expect((await mirrors.list(options)).map(({ id }) => join(root, 'git', id))).toEqual([used.path]);
});

test('where nothing was ever fetched there is nothing to prune', async () => {
  expect(await mirrors.prune(Infinity, options)).toBe(0);
});
