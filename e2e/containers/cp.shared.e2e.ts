import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { directory, file, tar } from '../support/tar.js';

const engine = useEngine();
const { ok, refused, cli } = engine;

let here: string;
const home = await tempDir();
afterAll(() => home.remove());
beforeAll(async () => {
  here = home.path;
  await mkdir(join(here, 'dir/sub'), { recursive: true });
  await writeFile(join(here, 'file'), 'of the host');
  await writeFile(join(here, 'dir/sub/deep'), 'deep');
  await chmod(join(here, 'file'), 0o640);
  await chown(join(here, 'file'), 1234, 2345);
});

const setUp = [
  'mkdir -p /d/e; echo 1 >/d/f; ln -s /etc /link; ln -s ../../../.. /up; ln -s /nope /dangling; mkfifo /d/pipe',
  'chown 7:8 /d/f; chmod 4750 /d/f',
].join('; ');
/** Running, with some files. */
const running = async (flags: readonly string[] = []): Promise<string> => {
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', `${setUp}; exec sleep 600`]);
  await expect.poll(async () => (await cli(['exec', id, 'test', '-u', '/d/f'])).code).toBe(0);
  return id;
};
/** It has run and has ended. */
const stopped = async (): Promise<string> => {
  const id = await running();
  await ok(['stop', '-t', '0', id]);
  return id;
};
const listed = async (
  id: string,
  path: string,
  flags: readonly string[] = [],
): Promise<string[]> => {
  const { code, stderr, stdoutBytes } = await cli(['cp', ...flags, `${id}:${path}`, '-']);
  expect([code, stderr]).toEqual([0, '']);
  const names = execFileSync('tar', ['-tf', '-'], {
    input: stdoutBytes,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return names.toString().trim().split('\n').sort();
};

describe.each([
  ['running', running],
  ['stopped', stopped],
] as const)('a %s container', (_what, make) => {
  test('a file goes in and comes back, with mode and owner', async () => {
    const id = await make();
    const out = join(here, `out-${id}`);
    await ok(['cp', join(here, 'file'), `${id}:/d/new`]);
    await ok(['cp', `${id}:/d/new`, out]);
    expect(await readFile(out, 'utf8')).toBe('of the host');
    const { stdoutBytes } = await cli(['cp', `${id}:/d/new`, '-']);
    const options = { input: stdoutBytes };
    expect(execFileSync('tar', ['--numeric-owner', '-tvf', '-'], options).toString()).toMatch(
      /^-rw-r----- 1234\/2345 +11 /,
    );
  });

  test('a directory goes into one that is there, and becomes one that is not', async () => {
    const id = await make();
    await ok(['cp', join(here, 'dir'), `${id}:/d/e`]);
    await ok(['cp', join(here, 'dir'), `${id}:/d/fresh`]);
    await ok(['cp', `${here}/dir/.`, `${id}:/d/e`]);
    expect(await listed(id, '/d/e')).toEqual([
      'e/',
      'e/dir/',
      'e/dir/sub/',
      'e/dir/sub/deep',
      'e/sub/',
      'e/sub/deep',
    ]);
    expect(await listed(id, '/d/fresh')).toEqual(['fresh/', 'fresh/sub/', 'fresh/sub/deep']);
  });

  test('a stream is named after the path, and links count as docker counts them', async () => {
    const id = await make();
    expect(await listed(id, '/d')).toEqual(['d/', 'd/e/', 'd/f', 'd/pipe']);
    expect(await listed(id, '/d/.')).toEqual(['./', './e/', './f', './pipe']);
    expect(await listed(id, '/d/f')).toEqual(['f']);
    expect(await listed(id, '/link')).toEqual(['link']);
    expect(await listed(id, '/link/')).toContain('link/passwd');
    expect(await listed(id, '/up/d')).toEqual(['d/', 'd/e/', 'd/f', 'd/pipe']);
    expect(await listed(id, '../../../d/e')).toEqual(['e/']);
    expect(await listed(id, '/dangling')).toEqual(['dangling']);
  });

  test('an archive from standard input is unpacked', async () => {
    const id = await make();
    const stdin = tar(directory('a', 0o700), { ...file('a/b', 'x'), uid: 5, gid: 6 });
    await ok(['cp', '-', `${id}:/link`], { stdin });
    expect(await listed(id, '/etc/a')).toEqual(['a/', 'a/b']);
  });

  test('what is not there is said', async () => {
    const id = await make();
    const to = join(here, 'never');
    expect((await refused(['cp', `${id}:/nope`, to])).stderr).toMatch(
      /No such container:path|Could not find the file/,
    );
    expect((await refused(['cp', `${id}:/d/f/`, to])).stderr).toContain('not a directory');
    expect((await refused(['cp', join(here, 'file'), `${id}:/nope/x`])).code).toBe(1);
    expect((await refused(['cp', join(here, 'dir'), `${id}:/d/f`])).stderr).toContain(
      'cannot copy directory',
    );
    expect(
      (await refused(['cp', '-', `${id}:/d/f`], { stdin: tar(file('x', '')) })).stderr,
    ).toContain('must be a directory');
    expect(existsSync(to)).toBe(false);
  });

  test('a link comes out as a link, and with -L as what it leads to', async () => {
    const id = await make();
    const [plain, followed] = [join(here, `l-${id}`), join(here, `L-${id}`)];
    await ok(['cp', `${id}:/link`, plain]);
    expect(await readlink(plain)).toBe('/etc');
    await ok(['cp', '-L', `${id}:/link`, followed]);
    expect(await readFile(join(followed, 'passwd'), 'utf8')).toContain('root');
  });
});

test('a paused container, and one that was never started', async () => {
  const id = await running();
  await ok(['pause', id]);
  await ok(['cp', join(here, 'file'), `${id}:/d/new`]);
  expect(await listed(id, '/d/new')).toEqual(['new']);
  expect(await engine.inspect(id, '{{.State.Status}}')).toBe('paused');
  await ok(['unpause', id]);
  expect(await ok(['exec', id, 'cat', '/d/new'])).toBe('of the host');
  const created = await engine.created(['busybox', 'cat', '/put/in']);
  await ok(['cp', join(here, 'dir'), `${created}:/put`]);
  await ok(['cp', join(here, 'file'), `${created}:/put/in`]);
  expect(await ok(['start', '-a', created])).toBe('of the host');
});

test('binds and volumes are seen, and read-only ones refused', async () => {
  const bind = join(here, 'bound');
  await mkdir(bind);
  await writeFile(join(bind, 'b'), 'bound');
  const id = await running(['-v', `${bind}:/rw`, '-v', `${bind}:/ro:ro`]);
  expect(await listed(id, '/ro')).toEqual(['ro/', 'ro/b']);
  await ok(['cp', join(here, 'file'), `${id}:/rw/new`]);
  expect(await readFile(join(bind, 'new'), 'utf8')).toBe('of the host');
  expect((await refused(['cp', join(here, 'file'), `${id}:/ro/x`])).stderr).toContain(
    'mounted volume is marked read-only',
  );
  expect(await listed(id, '/etc/hosts')).toEqual(['hosts']);
  const { stdout } = await cli(['cp', `${id}:/etc/hosts`, '-']);
  expect(stdout).toContain('localhost');
});

test('a read-only root is refused', async () => {
  const id = await engine.container(['--read-only', 'busybox', 'sleep', '600']);
  expect((await refused(['cp', join(here, 'file'), `${id}:/tmp/x`])).stderr).toContain(
    'container rootfs is marked read-only',
  );
});

test('links of a container do not lead to the host', async () => {
  const canary = join(here, 'canary');
  await mkdir(canary);
  await writeFile(join(canary, 'c'), 'untouched');
  const script = `mkdir -p /in; ln -s ${canary} /in/abs; ln -s ../../../../../../../../..${canary} /in/rel; exec sleep 600`;
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await expect.poll(async () => (await cli(['exec', id, 'test', '-L', '/in/rel'])).code).toBe(0);
  for (const link of ['/in/abs', '/in/rel']) {
    expect((await cli(['cp', `${id}:${link}/c`, '-'])).code).toBe(1);
    await cli(['cp', join(here, 'file'), `${id}:${link}/evil`]);
    await cli(['cp', '-', `${id}:/in`], { stdin: tar(file(`${link.slice(4)}/evil`, 'x')) });
  }
  expect(execFileSync('ls', [canary]).toString()).toBe('c\n');
});

test('a link of the host goes in as a link', async () => {
  const id = await running();
  await symlink('nowhere', join(here, 'local-link'));
  await ok(['cp', join(here, 'local-link'), `${id}:/d/l`]);
  expect(await ok(['exec', id, 'readlink', '/d/l'])).toBe('nowhere');
});

test('copies are events', async () => {
  const id = await running();
  await ok(['cp', join(here, 'file'), `${id}:/d/e`]);
  await cli(['cp', `${id}:/d`, '-']);
  const actions = await engine.events([`container=${id}`], '{{.Action}}');
  expect(actions.filter((action) => /archive|extract/.test(action))).toEqual([
    'extract-to-dir',
    'archive-path',
  ]);
});
