import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../run.js';
import { tempDir } from '../temp-dir.js';
import type { TempDir } from '../temp-dir.js';
import { findLeaks, leaks, sweep } from './index.js';
import type { LeakScope } from './index.js';

const asRoot = test.runIf(process.getuid?.() === 0);

async function scopeOfOwn(): Promise<{ dir: TempDir; scope: LeakScope }> {
  const dir = await tempDir('wharf-leak-');
  const id = dir.path.slice(dir.path.lastIndexOf('/') + 1);
  const scope = { id, roots: [dir.path], cgroupParent: `/${id}` };
  onTestFinished(async () => {
    await sweep(scope);
    await dir.remove();
  });
  return { dir, scope };
}

test('a clean host has no leaks', async () => {
  const { scope } = await scopeOfOwn();
  await expect(leaks(scope, { settle: 0 })).resolves.toBeUndefined();
});

test('a process that names the root is found, and swept', async () => {
  const { dir, scope } = await scopeOfOwn();
  const child = spawn('sleep', ['60'], { cwd: dir.path, stdio: 'ignore' });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  expect(await findLeaks(scope)).toEqual([{ kind: 'process', what: `${child.pid}: sleep 60` }]);
  await sweep(scope);
  await exited;
  expect(await findLeaks(scope)).toEqual([]);
});

test('a process that goes away in time is no leak', async () => {
  const { dir, scope } = await scopeOfOwn();
  spawn('sleep', ['0.2'], { cwd: dir.path, stdio: 'ignore' });
  await expect(leaks(scope)).resolves.toBeUndefined();
});

test('the folder of a container and a socket are found, those of images are not', async () => {
  const { dir, scope } = await scopeOfOwn();
  const id = 'ab'.repeat(32);
  await mkdir(join(dir.path, 'containers', id), { recursive: true });
  await mkdir(join(dir.path, 'snapshots', id), { recursive: true });
  await writeFile(join(dir.path, 'state.db'), '');
  expect(await findLeaks(scope)).toEqual([
    { kind: 'file', what: join(dir.path, 'containers', id) },
  ]);
});

test('what a build had for a while is found, its caches are not', async () => {
  const { dir, scope } = await scopeOfOwn();
  const left = join(dir.path, 'builds/tmp/left');
  await mkdir(left, { recursive: true });
  await mkdir(join(dir.path, 'builds/cache-mounts', 'ab'.repeat(32)), { recursive: true });
  expect(await findLeaks(scope)).toEqual([{ kind: 'file', what: left }]);
});

asRoot('a mount in another mount namespace is found', async () => {
  const { dir, scope } = await scopeOfOwn();
  const script = `mount -t tmpfs none "${dir.path}"; cd /; exec env -i sleep 60`;
  const child = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect
    .poll(async () => (await findLeaks(scope)).map(({ kind }) => kind))
    .toEqual(['mount']);
});

asRoot('a cgroup is found and swept', async () => {
  const { scope } = await scopeOfOwn();
  const { stdout } = await run('findmnt', ['-nro', 'TARGET', '-t', 'cgroup,cgroup2']);
  const [hierarchy] = stdout.split('\n').filter((path) => /pids|unified|cgroup$/.test(path));
  const path = join(hierarchy ?? '', scope.cgroupParent);
  await mkdir(path);
  onTestFinished(() => rmdir(path).catch(() => undefined));
  expect(await findLeaks(scope)).toEqual([{ kind: 'cgroup', what: path }]);
  await sweep(scope);
  expect(await findLeaks(scope)).toEqual([]);
});

asRoot('a link, an nft table and a network namespace are found by name', async () => {
  const { scope } = await scopeOfOwn();
  const short = { ...scope, id: scope.id.slice(-6).toLowerCase() };
  const name = `wt-${short.id}`;
  onTestFinished(async () => {
    await run('ip', ['link', 'delete', name]);
    await run('nft', ['delete', 'table', 'inet', name]);
    await run('ip', ['netns', 'delete', name]);
  });
  await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
  await run('nft', ['add', 'table', 'inet', name]);
  await run('ip', ['netns', 'add', name]);
  const kinds = (await findLeaks(short)).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['file', 'link', 'link', 'network namespace', 'nft table']);
});
