import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { file, tar } from '../support/tar.js';

const engine = useEngine();
const { ok, refused } = engine;

const mountLine = (path: string): string | undefined =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(` ${path} `));

test('an image is mounted read-only for the host, counted, and held', async () => {
  const path = await ok(['image', 'mount', 'busybox']);
  expect(await readFile(join(path, 'etc/passwd'), 'utf8')).toContain('root');
  expect(mountLine(path)).toMatch(/ ro,nosuid,nodev/);
  expect(() => writeFileSync(join(path, 'x'), '')).toThrow('EROFS');
  expect(await ok(['image', 'mount', 'busybox'])).toBe(path);
  expect(await ok(['image', 'mount'])).toContain(path);
  expect((await refused(['rmi', '-f', 'busybox'])).stderr).toContain(`it is mounted at ${path}`);
  await ok(['image', 'umount', 'busybox']);
  expect(existsSync(join(path, 'etc'))).toBe(true);
  await ok(['image', 'umount', 'busybox']);
  expect(existsSync(path)).toBe(false);
  expect((await refused(['image', 'umount', 'busybox'])).stderr).toContain('is not mounted');
});

test('several layers are one tree, and a mount outlives the daemon', async () => {
  const id = await engine.created(['busybox', 'true']);
  await ok(['cp', '-', `${id}:/`], { stdin: tar(file('etc/added', 'added')) });
  const image = await ok(['commit', id, 'mounted:1']);
  const path = await ok(['image', 'mount', 'mounted:1']);
  await engine.daemon.kill9();
  expect(await readFile(join(path, 'etc/added'), 'utf8')).toBe('added');
  await engine.daemon.start();
  expect(await ok(['image', 'mount', image])).toBe(path);
  expect(await readFile(join(path, 'etc/passwd'), 'utf8')).toContain('root');
  await ok(['image', 'umount', '--force', 'mounted:1']);
  expect(mountLine(path)).toBeUndefined();
  await ok(['rmi', 'mounted:1']);
});
