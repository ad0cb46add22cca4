import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, run, refused, inspect } = engine;
let count = 0;

function name(): string {
  const text = `mounts-${count++}`;
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', text])));
  return text;
}

test('a new volume has the owner and mode that it is made with, and keeps them when it is filled', async () => {
  const volume = name();
  await ok(['volume', 'create', '--uid', '1000', '--gid', '1001', '--mode', '750', volume]);
  expect(
    (await run(['-v', `${volume}:/d`, 'busybox', 'stat', '-c', '%u:%g %a', '/d'])).stdout,
  ).toBe('1000:1001 750\n');
  const made = name();
  const mount = `type=volume,src=${made},dst=/etc,uid=7,gid=8,mode=711`;
  const script = 'stat -c "%u:%g %a" /etc; ls /etc/passwd';
  expect((await run(['--mount', mount, 'busybox', 'sh', '-c', script])).stdout).toBe(
    '7:8 711\n/etc/passwd\n',
  );
});

test('U gives a volume and what is in it to the user of the container', async () => {
  const volume = name();
  await run([
    '-v',
    `${volume}:/d`,
    'busybox',
    'sh',
    '-c',
    'mkdir /d/x; touch /d/x/f; ln -s /etc/passwd /d/l',
  ]);
  const args = ['-u', '1000:1001', '-v', `${volume}:/d:U`, 'busybox'];
  const script = 'touch /d/mine; stat -c "%n %u:%g" /d /d/x /d/x/f /d/l; stat -c %u:%g /etc/passwd';
  expect((await run([...args, 'sh', '-c', script])).stdout).toBe(
    '/d 1000:1001\n/d/x 1000:1001\n/d/x/f 1000:1001\n/d/l 1000:1001\n0:0\n',
  );
});

test('idmap shows files of one user as another, and changes nothing on disk', async () => {
  const volume = name();
  await run(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', 'touch /d/f; chown 1000:1000 /d/f']);
  const mount = `type=volume,src=${volume},dst=/d,idmap=uids=1000-0-1`;
  const mapped = await run(['--mount', mount, 'busybox', 'stat', '-c', '%u:%g', '/d/f']);
  expect([mapped.stderr, mapped.stdout]).toEqual(['', '0:0\n']);
  const plain = await run(['-v', `${volume}:/d`, 'busybox', 'stat', '-c', '%u:%g', '/d/f']);
  expect(plain.stdout).toBe('1000:1000\n');
});

test('exclude hides a folder of a bind behind an empty one of the container', async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, 'node_modules/deep'), { recursive: true });
  await writeFile(join(dir.path, 'index.js'), 'x');
  const id = await engine.container([
    ...['-v', `${dir.path}:/app:exclude=node_modules`],
    ...['busybox', 'sh', '-c', 'touch /app/node_modules/own /app/shared; sleep 600'],
  ]);
  await ok(['exec', id, 'sh', '-c', 'until [ -f /app/shared ]; do sleep 0.1; done']);
  expect(await ok(['exec', id, 'ls', '/app', '/app/node_modules'])).toBe(
    '/app:\nindex.js\nnode_modules\nshared\n\n/app/node_modules:\nown',
  );
  expect((await stat(join(dir.path, 'shared'))).isFile()).toBe(true);
  await expect(stat(join(dir.path, 'node_modules/own'))).rejects.toMatchObject({ code: 'ENOENT' });
  const volume = await inspect(
    id,
    '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{.Destination}}{{end}}{{end}}',
  );
  expect(volume).toMatch(/^[0-9a-f]{64} \/app\/node_modules$/);
  await ok(['rm', '-f', '-v', id]);
  expect(await ok(['volume', 'ls', '-q'])).not.toContain(volume.slice(0, 64));
});

test('an image is mounted read-only, all of it or a part, and is in use meanwhile', async () => {
  const mount = (more: string): string[] => ['--mount', `type=image,src=busybox,dst=/i${more}`];
  const all = await run([...mount(''), 'busybox', 'sh', '-c', 'ls -d /i/bin/sh; touch /i/x']);
  expect(all.stdout).toBe('/i/bin/sh\n');
  expect(all.stderr).toMatch(/read-only/i);
  const part = await run([...mount(',image-subpath=etc'), 'busybox', 'ls', '/i/passwd']);
  expect([part.stderr, part.stdout]).toEqual(['', '/i/passwd\n']);
});

test('a subpath does not lead through links', async () => {
  const volume = name();
  const script = 'mkdir -p /d/a/b; ln -s a /d/in; ln -s /etc /d/out; ln -s ../.. /d/a/up';
  await run(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', script]);
  for (const subpath of ['in/b', 'out', 'a/up']) {
    const mount = `type=volume,src=${volume},dst=/x,volume-subpath=${subpath}`;
    const { code, stderr } = await run(['--mount', mount, 'busybox', 'ls', '/x']);
    expect([subpath, code, stderr]).toEqual([
      subpath,
      125,
      expect.stringContaining('it leads through a link'),
    ]);
  }
  const outside = `type=volume,src=${volume},dst=/x,volume-subpath=../../etc`;
  expect((await refused(['create', '--mount', outside, 'busybox'])).stderr).toMatch(/subpath/);
});

test('cp reads and writes what is in a volume, also through a subpath and at rest', async () => {
  const volume = name();
  await run(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', 'mkdir /d/sub; echo in > /d/sub/f']);
  const mount = `type=volume,src=${volume},dst=/tmp,volume-subpath=sub`;
  const id = await engine.created(['--mount', mount, 'busybox', 'sleep', '600']);
  await using dir = await tempDir();
  await ok(['cp', `${id}:/tmp/f`, join(dir.path, 'one')]);
  expect(await readFile(join(dir.path, 'one'), 'utf8')).toBe('in\n');
  await ok(['start', id]);
  await ok(['cp', `${id}:/tmp/f`, join(dir.path, 'two')]);
  await ok(['cp', join(dir.path, 'two'), `${id}:/tmp/g`]);
  expect(await ok(['exec', id, 'cat', '/tmp/g'])).toBe('in');
});

test('a gigabyte is kept and taken back in well under a second', async () => {
  const volume = name();
  await ok(['volume', 'create', volume]);
  const place = await ok(['volume', 'inspect', '-f', '{{.Mountpoint}}', volume]);
  await writeFile(join(place, 'state'), 'before');
  await writeFile(join(place, 'big'), '');
  await truncate(join(place, 'big'), 2 ** 30);
  for (let i = 0; i < 64; i++) await writeFile(join(place, `file${i}`), Buffer.alloc(1 << 20, i));
  const begin = performance.now();
  await ok(['volume', 'snapshot', volume, 'first']);
  const kept = performance.now() - begin;
  await run(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', 'echo after > /d/state; rm /d/big']);
  const second = performance.now();
  await ok(['volume', 'rollback', volume, 'first']);
  const back = performance.now() - second;
  const { stdout } = await run([
    '-v',
    `${volume}:/d`,
    'busybox',
    'sh',
    '-c',
    'cat /d/state; ls /d | wc -l',
  ]);
  expect(stdout).toBe('before66\n');
  expect(Math.max(kept, back)).toBeLessThan(1000);
});

test('a snapshot of a volume in use is refused unless blocks can be shared, a clone is not', async () => {
  const [volume, copy] = [name(), name()];
  await engine.container(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', 'echo 1 > /d/f; sleep 600']);
  const { code, stderr } = await cli(['volume', 'snapshot', volume, 'busy']);
  if (code !== 0) expect(stderr).toMatch(/in use by .*, stop that first/);
  await ok(['volume', 'clone', volume, copy]);
});

test('system df -v shows volumes with their sizes and users', async () => {
  const volume = name();
  await run(['-v', `${volume}:/d`, 'busybox', 'sh', '-c', 'head -c 1000 /dev/zero > /d/f']);
  await engine.created(['-v', `${volume}:/d`, 'busybox']);
  const table = await ok(['system', 'df', '-v']);
  expect(table).toMatch(new RegExp(`${volume}\\s+1\\s+1kB`));
});

test('a subpath alone is mounted, and must be there', async () => {
  const volume = name();
  await run([
    '-v',
    `${volume}:/v`,
    'busybox',
    'sh',
    '-c',
    'mkdir -p /v/a/b; touch /v/a/b/in /v/out',
  ]);
  const mount = (subpath: string): string[] => [
    '--mount',
    `type=volume,src=${volume},dst=/data,volume-subpath=${subpath}`,
  ];
  expect((await run([...mount('a/b'), 'busybox', 'ls', '/data'])).stdout).toBe('in\n');
  const missing = await run([...mount('a/missing'), 'busybox', 'true']);
  expect(missing.code).not.toBe(0);
  expect(missing.stderr).toMatch(/cannot access path .*a\/missing.*no such file or directory/);
});

test('prune removes anonymous volumes that nobody mounts, with -a all', async () => {
  const volume = name();
  await ok(['volume', 'create', '--label', 'prune=me', volume]);
  const kept = await engine.created(['-v', '/data', 'busybox']);
  const used = await inspect(kept, '{{range .Mounts}}{{.Name}}{{end}}');
  const anonymous = await ok(['volume', 'create', '--label', 'prune=me']);
  const filter = ['--filter', 'label=prune=me'];
  const first = await ok(['volume', 'prune', '-f', ...filter]);
  expect(first).toContain(anonymous);
  expect(first).not.toContain(volume);
  expect(first).toMatch(/Total reclaimed space: 0 ?B/);
  expect(await ok(['volume', 'prune', '-f', '-a', ...filter])).toContain(volume);
  expect(await ok(['volume', 'ls', '-q', '--filter', `name=${used}`])).toBe(used);
});

test('cp at rest sees and changes what is in a volume that has snapshots', async () => {
  const volume = name();
  await run(['-v', `${volume}:/tmp`, 'busybox', 'sh', '-c', 'echo in > /tmp/f']);
  await ok(['volume', 'snapshot', volume, 'one']);
  const id = await engine.created(['-v', `${volume}:/tmp`, 'busybox', 'cat', '/tmp/g']);
  await using dir = await tempDir();
  await ok(['cp', `${id}:/tmp/f`, join(dir.path, 'g')]);
  await ok(['cp', join(dir.path, 'g'), `${id}:/tmp/g`]);
  expect(await ok(['start', '-a', id])).toBe('in');
});
