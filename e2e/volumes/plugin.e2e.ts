import { mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';
import { Session } from '../support/session.js';

const engine = useEngine();
const { cli, ok, run, refused, inspect } = engine;

const example = join(import.meta.dirname, '../../docs/examples/volume-plugin.ts');
const plugins = '/run/docker/plugins';
const driver = `wharf-e2e-${process.pid}`;
const socket = join(plugins, `${driver}.sock`);
const wasThere = existsSync('/run/docker');

let folder = '';
let plugin: Session;

beforeAll(async () => {
  await mkdir(plugins, { recursive: true });
  folder = (await tempDir()).path;
  plugin = await started();
});

afterAll(async () => {
  await plugin[Symbol.asyncDispose]();
  await rm(socket, { force: true });
  await rm(folder, { recursive: true, force: true });
  if (wasThere) return;
  await rmdir(plugins).catch(() => undefined);
  await rmdir('/run/docker').catch(() => undefined);
});

async function started(): Promise<Session> {
  const session = new Session(process.execPath, [example, socket, folder], {});
  await session.until('ready');
  return session;
}

test('a plugin makes a volume, gives it to containers, and removes it', async () => {
  await ok(['volume', 'create', '-d', driver, '-o', 'mode=700', 'plugged']);
  const id = await engine.container([
    '-v',
    'plugged:/d',
    'busybox',
    'sh',
    '-c',
    'echo in > /d/f; sleep 600',
  ]);
  await expect.poll(() => readFile(join(folder, 'plugged/f'), 'utf8').catch(() => '')).toBe('in\n');
  expect((await stat(join(folder, 'plugged'))).mode & 0o777).toBe(0o700);
  const format = '{{.Driver}} {{.Mountpoint}} {{index .Status "Users"}}';
  expect(await ok(['volume', 'inspect', '-f', format, 'plugged'])).toBe(
    `${driver} ${join(folder, 'plugged')} 1`,
  );
  await engine.daemon.kill9();
  await engine.daemon.start();
  await ok(['exec', id, 'cat', '/d/f']);
  await ok(['rm', '-f', id]);
  expect(await ok(['volume', 'inspect', '-f', format, 'plugged'])).toBe(
    `${driver} ${join(folder, 'plugged')} 0`,
  );
  const list = await ok(['volume', 'ls', '--format', '{{.Driver}} {{.Name}}']);
  expect(list).toContain(`${driver} plugged`);
  await ok(['volume', 'rm', 'plugged']);
  await expect(stat(join(folder, 'plugged'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('--mount makes a volume of a plugin, and export reads it', async () => {
  const mount = `type=volume,src=made,dst=/d,volume-driver=${driver}`;
  await run(['--mount', mount, 'busybox', 'sh', '-c', 'echo x > /d/x']);
  await using dir = await tempDir();
  await ok(['volume', 'export', '-o', join(dir.path, 'tar'), 'made']);
  await ok(['volume', 'import', 'local-copy', join(dir.path, 'tar')]);
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', 'local-copy', 'made'])));
  expect((await run(['-v', 'local-copy:/d', 'busybox', 'cat', '/d/x'])).stdout).toBe('x\n');
  expect((await refused(['volume', 'snapshot', 'made', 'one'])).stderr).toMatch(/from elsewhere/);
});

test('what a plugin says no to is told in its words; one that is gone is missed', async () => {
  expect((await refused(['volume', 'create', '-d', 'nosuchplugin', 'v1'])).stderr).toMatch(
    /plugin "nosuchplugin" not found/,
  );
  await ok(['volume', 'create', '-d', driver, 'lost']);
  await rm(join(folder, 'lost'), { recursive: true });
  const { stderr } = await refused(['volume', 'rm', 'lost']);
  expect(stderr).toMatch(/no such volume: lost/);
  const start = await run(['-v', 'lost:/d', 'busybox', 'true']);
  expect([start.code, start.stderr]).toEqual([
    125,
    expect.stringContaining('no such volume: lost'),
  ]);
  await ok(['volume', 'rm', '-f', 'lost']);
});

test('a plugin that talks without end or nonsense harms nobody', async () => {
  const path = join(plugins, `${driver}-bad.sock`);
  let body = '';
  const server = createServer((_, response) => response.end(body)).listen(path);
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(path, { force: true });
  });
  const create = ['volume', 'create', '-d', `${driver}-bad`, 'v2'];
  for (const [said, expected] of [
    ['x'.repeat(2 << 20), /more than 1048576 bytes/],
    ['["no"]', /something else than a JSON object/],
    ['{"Implements":["NetworkDriver"]}', /is no volume driver/],
    ['{"Implements":"VolumeDriver"}', /is no volume driver/],
    ['{"__proto__":{"Implements":["VolumeDriver"]}}', /is no volume driver/],
    ['{"Err":"out of disks"}', /out of disks/],
  ] as const) {
    body = said;
    expect((await refused(create)).stderr).toMatch(expected);
  }
  body = '{"Implements":["VolumeDriver"]}';
  await ok(create);
  const start = await run(['-v', 'v2:/d', 'busybox', 'true']);
  expect(start.stderr).toMatch(/without saying where/);
  await ok(['volume', 'rm', 'v2']);
});

test('a spec says where a plugin listens', async () => {
  const folderOf = '/etc/docker/plugins';
  const there = existsSync(folderOf);
  await mkdir(folderOf, { recursive: true });
  const spec = join(folderOf, `${driver}-spec.spec`);
  await writeFile(spec, `unix://${socket}\n`);
  onTestFinished(async () => {
    await rm(spec);
    if (!there) await rmdir(folderOf).catch(() => undefined);
  });
  await ok(['volume', 'create', '-d', `${driver}-spec`, 'by-spec']);
  expect((await stat(join(folder, 'by-spec'))).isDirectory()).toBe(true);
  const id = await engine.created(['-v', 'by-spec:/d', 'busybox']);
  expect(await inspect(id, '{{range .Mounts}}{{.Driver}}{{end}}')).toBe(`${driver}-spec`);
  await ok(['rm', id]);
  await ok(['volume', 'rm', 'by-spec']);
});
