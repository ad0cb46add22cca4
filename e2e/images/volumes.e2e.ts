import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeRegistry, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { directory, file, symlink, tar } from '../support/tar.js';

const registry = await startFakeRegistry();
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', registry.host] });
const { ok, run, inspect } = engine;
afterAll(() => registry[Symbol.asyncDispose]());

const architecture = arch() === 'x64' ? 'amd64' : arch();
const content = tar(
  { ...directory('data', 0o1770), uid: 1000, gid: 1001 },
  { ...file('data/owned', 'of the image', 0o640), uid: 1000, gid: 1002 },
  directory('data/deep/er'),
  file('data/deep/er/file', 'deep'),
  file('data/gone', 'x'),
  symlink('data/link', 'deep/er/file'),
  symlink('data/out', '/etc/passwd'),
);
const upper = tar(file('data/.wh.gone', ''), file('data/upper', 'upper'));
const ref = `${registry.host}/volumes:1`;

beforeAll(async () => {
  registry.store.putImage('volumes', '1', {
    layers: [busyboxLayer(), content, upper],
    architecture,
    config: { Volumes: { '/data': {}, '/fresh/empty': {} }, Cmd: ['sleep', '600'] },
  });
  await ok(['pull', ref]);
});

const volumes = (): Promise<string[]> =>
  readdir(join(engine.daemon.dataRoot, 'volumes')).catch(() => []);
const sourceOf = (id: string, target: string): Promise<string> =>
  inspect(id, `{{range .Mounts}}{{if eq .Destination "${target}"}}{{.Source}}{{end}}{{end}}`);

test('an anonymous volume starts with the content, owners and modes of the image', async () => {
  const id = await engine.container([ref]);
  const list = 'stat -c "%n %a %u:%g %F" /data /data/*; cat /data/owned /data/link /data/upper';
  expect((await ok(['exec', id, 'sh', '-c', list])).split('\n')).toEqual([
    '/data 1770 1000:1001 directory',
    '/data/deep 755 0:0 directory',
    '/data/link 777 0:0 symbolic link',
    '/data/out 777 0:0 symbolic link',
    '/data/owned 640 1000:1002 regular file',
    '/data/upper 644 0:0 regular file',
    'of the imagedeepupper',
  ]);
  expect(await ok(['exec', id, 'ls', '-A', '/fresh/empty'])).toBe('');
});

test('inspect shows the volumes, which lie below the data root', async () => {
  const id = await engine.created([ref]);
  const mounts = JSON.parse(await inspect(id, '{{json .Mounts}}')) as Record<string, unknown>[];
  expect(mounts.map(({ Type, Destination, RW }) => [Type, Destination, RW])).toEqual([
    ['volume', '/data', true],
    ['volume', '/fresh/empty', true],
  ]);
  for (const { Name, Source } of mounts) {
    expect(Name).toMatch(/^[0-9a-f]{64}$/);
    expect(Source).toBe(join(engine.daemon.dataRoot, 'volumes', String(Name), '_data'));
  }
});

test('what a container writes to its volume outlives a restart, and is seeded once', async () => {
  const id = await engine.container([ref]);
  await ok(['exec', id, 'sh', '-c', 'rm -r /data/deep; echo mine > /data/owned']);
  await ok(['restart', '-t', '0', id]);
  expect(await ok(['exec', id, 'sh', '-c', 'cat /data/owned; ls /data'])).toBe(
    'mine\nlink\nout\nowned\nupper',
  );
});

test('containers of one image have volumes of their own, and leave the image as it is', async () => {
  const [first, second] = [await engine.container([ref]), await engine.container([ref])];
  await ok(['exec', first, 'rm', '/data/owned']);
  expect(await ok(['exec', second, 'cat', '/data/owned'])).toBe('of the image');
  expect((await run([ref, 'cat', '/data/owned'])).stdout).toBe('of the image');
});

test('rm -v and --rm remove anonymous volumes, rm alone leaves them', async () => {
  const known = new Set(await volumes());
  await run([ref, 'true']);
  const id = await ok(['create', '--network', 'none', ref]);
  await ok(['start', id]);
  expect((await volumes()).length).toBe(known.size + 2);
  await ok(['rm', '-f', '-v', id]);
  expect((await volumes()).length).toBe(known.size);
  const kept = await ok(['run', '-d', '--network', 'none', ref]);
  await ok(['rm', '-f', kept]);
  const left = (await volumes()).filter((name) => !known.has(name));
  expect(left).toHaveLength(2);
  for (const name of left) {
    await rm(join(engine.daemon.dataRoot, 'volumes', name), { recursive: true });
  }
});

test('a bind or tmpfs at the place of a volume takes its place, unseeded', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'of-host'), '');
  const bind = [`${dir.path}:/data`, '/fresh/empty'];
  const args = ['-v', bind[0] ?? '', '--tmpfs', bind[1] ?? '', ref, 'ls', '/data', '/fresh/empty'];
  expect((await run(args)).stdout).toBe('/data:\nof-host\n\n/fresh/empty:\n');
});

test('the user of the image writes to a volume that the image gave it', async () => {
  const script = 'echo new > /data/new && stat -c %u:%g /data/new';
  expect((await run(['-u', 'app', ref, 'sh', '-c', script])).stdout).toBe('1000:1001\n');
});

test('a volume over a link of the image stays inside the container', async () => {
  await using canary = await tempDir();
  await mkdir(join(canary.path, 'secret'));
  await writeFile(join(canary.path, 'secret/file'), 'of the host');
  const links = tar(
    symlink('absolute', canary.path),
    symlink('climbing', `../../../../../../..${canary.path}/..`),
    directory('real'),
    file('real/file', 'of the image'),
    symlink('inside', '/real'),
  );
  registry.store.putImage('links', '1', {
    layers: [busyboxLayer(), links],
    architecture,
    config: { Volumes: { '/absolute': {}, '/climbing/secret': {}, '/inside': {} } },
  });
  const name = `${registry.host}/links:1`;
  await ok(['pull', name]);
  const script = 'for d in /absolute /climbing/secret /inside; do echo x > $d/written; ls $d; done';
  const { code, stdout, stderr } = await run([name, 'sh', '-c', script]);
  expect([code, stdout, stderr]).toEqual([0, 'written\nwritten\nfile\nwritten\n', '']);
  expect(await readdir(canary.path, { recursive: true })).toEqual(['secret', 'secret/file']);
});

test('a volume of a container is a folder of the host that its source names', async () => {
  const id = await engine.container([ref]);
  const source = await sourceOf(id, '/data');
  await writeFile(join(source, 'from-host'), 'hello');
  expect(await ok(['exec', id, 'cat', '/data/from-host'])).toBe('hello');
});
