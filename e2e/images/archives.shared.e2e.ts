import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { file } from '../support/tar.js';

const engine = useEngine();
const { cli, ok, refused, run } = engine;
const dir = await tempDir();
afterAll(() => dir.remove());

const root = busyboxLayer(file('greeting', 'hello'));
const named = (name: string): string => {
  onTestFinished(async () => void (await cli(['rmi', '-f', name])));
  return name;
};
const idOf = (name: string): Promise<string> => ok(['images', '-q', '--no-trunc', name]);

test('an archive is imported from a file, a stream and an address, compressed or not', async () => {
  const path = join(dir.path, 'root.tar');
  await writeFile(path, root);
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/root.tar' ? 200 : 404;
    response.end(request.url === '/root.tar' ? root : 'no');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/root.tar`;
  for (const [source, stdin] of [[path], [url], ['-', root], ['-', gzipSync(root)]] as const) {
    const name = named('imported:1');
    const out = await ok(['import', source, name], stdin === undefined ? {} : { stdin });
    expect(out.split('\n').at(-1)).toBe(await idOf(name));
    expect((await run([name, 'cat', '/greeting'])).stdout).toBe('hello');
    await ok(['rmi', name]);
  }
  expect((await refused(['import', `${url}.gone`, 'x:1'])).stderr).toMatch(/404/);
});

test('import --change and --message', async () => {
  const changes = ['CMD ["cat", "/greeting"]', 'ENV A=b', 'USER 1000', 'WORKDIR /tmp', 'EXPOSE 80'];
  const flags = changes.flatMap((change) => ['-c', change]);
  const name = named('changed:1');
  await ok(['import', ...flags, '-m', 'why', '-', name], { stdin: root });
  expect((await run([name])).stdout).toBe('hello');
  expect((await run([name, 'sh', '-c', 'id -u; pwd; echo $A'])).stdout).toBe('1000\n/tmp\nb\n');
  expect(await ok(['history', '--format', '{{.Comment}}', name])).toBe('why');
  const { stderr } = await refused(['import', '-c', 'RUN true', '-', 'x:1'], { stdin: root });
  expect(stderr).toMatch(/run is not a valid change command/i);
});

test('what is no archive, and no name, is refused', async () => {
  expect((await refused(['import', '/no/such/file'])).stderr).toContain('no such file');
  expect((await refused(['import', '-', 'x:1'], { stdin: 'garbage' })).code).toBe(1);
  expect((await refused(['import', '-', 'UPPER'], { stdin: root })).stderr).toContain('lowercase');
  expect((await refused(['load', '-i', '/no/such/file'])).stderr).toContain('no such file');
  expect((await refused(['load', '-i', dir.path])).stderr).toContain('is a directory');
  expect((await refused(['load'], { stdin: 'garbage' })).code).toBe(1);
  expect(await ok(['images', '-q', 'x'])).toBe('');
});

test('several images are saved into one archive and loaded again', async () => {
  for (const name of ['saved:1', 'saved:2']) await ok(['tag', 'busybox', named(name)]);
  const other = await ok(['import', '-', named('other:1')], { stdin: root });
  const path = join(dir.path, 'several.tar');
  await ok(['save', '-o', path, 'saved:1', 'saved:2', 'other:1']);
  const names = execFileSync('tar', ['-tf', path]).toString();
  expect(names).toContain('manifest.json');
  await ok(['rmi', 'saved:1', 'saved:2', 'other:1']);
  const loaded = await ok(['load', '-i', path]);
  for (const name of ['saved:1', 'saved:2', 'other:1']) {
    expect(loaded).toContain(`Loaded image: ${name}`);
  }
  expect(await idOf('other:1')).toBe(other);
  expect((await run(['other:1', 'cat', '/greeting'])).stdout).toBe('hello');
  await ok(['rmi', 'other:1']);
  expect(await ok(['load', '-q'], { stdin: await readFile(path) })).toContain(
    'Loaded image: other:1',
  );
});

test('an image without a name is saved and loaded by its id', async () => {
  const id = await ok(['import', '-'], { stdin: root });
  named(id);
  const { stdoutBytes } = await cli(['save', id]);
  await ok(['rmi', id]);
  expect(await ok(['load'], { stdin: stdoutBytes })).toContain(`Loaded image ID: ${id}`);
});

test('a file appears only when all of it was saved', async () => {
  const path = join(dir.path, 'never.tar');
  expect((await refused(['save', '-o', path, 'no-such-image'])).stderr).toMatch(/no such image/i);
  expect(existsSync(path)).toBe(false);
  expect((await refused(['save', '-o', '/no/such/dir/x', 'busybox'])).stderr).toContain(
    'invalid output path',
  );
  const whole = (await cli(['save', 'busybox'])).stdoutBytes;
  const { code } = await refused(['load'], { stdin: whole.subarray(0, whole.length / 2) });
  expect(code).toBe(1);
});
