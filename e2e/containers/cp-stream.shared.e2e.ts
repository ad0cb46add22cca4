import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';

const engine = useEngine();
const { cli, ok, refused } = engine;
const script =
  'mkdir -p /dir/sub; echo f >/dir/f; ln -s f /dir/l; ln -s /dir /ld; touch "/dir/sp ace"; exec sleep 600';

/** CAP_NET_RAW, permitted and effective, as capabilities(7) lays it out. */
const netRaw = '0100000200200000000000000000000000000000';
const python = (statement: string): string =>
  execFileSync('python3', ['-c', `import os; ${statement}`])
    .toString()
    .trim();

async function container(): Promise<string> {
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await expect
    .poll(async () => (await cli(['exec', id, 'test', '-e', '/dir/sp ace'])).code)
    .toBe(0);
  return id;
}
async function names(id: string, path: string): Promise<string[]> {
  const { code, stderr, stdoutBytes } = await cli(['cp', `${id}:${path}`, '-']);
  expect([code, stderr]).toEqual([0, '']);
  return execFileSync('tar', ['-tPf', '-'], { input: stdoutBytes }).toString().split('\n');
}

test('the first member of a stream is what was asked for', async () => {
  const id = await container();
  for (const [path, first] of [
    ['/etc', 'etc/'],
    ['/etc/', 'etc/'],
    ['/etc/.', './'],
    ['/dir/', 'dir/'],
    ['/dir/.', './'],
    ['/dir/sub/..', 'dir/'],
    ['/ld', 'ld'],
    ['/ld/', 'ld/'],
    ['/ld/.', './'],
    ['/dir/f', 'f'],
    ['/dir/l', 'l'],
    ['dir/sp ace', 'sp ace'],
    ['/.', './'],
  ] as const) {
    expect([path, (await names(id, path))[0]]).toEqual([path, first]);
  }
});

test('a path that is not there is told from a container that is not there', async () => {
  const id = await container();
  const to = '/tmp/wharf-never';
  const { stderr: noPath } = await refused(['cp', `${id}:/nope`, to]);
  expect([
    `wharf: Could not find the file /nope in container ${id}\n`,
    `Error: No such container:path: ${id}:/nope\n`,
  ]).toContain(noPath);
  expect((await refused(['cp', 'no-such-one:/x', to])).stderr).toMatch(
    /no such container:(path:)? no-such-one/i,
  );
  expect((await refused(['cp', '/etc/hostname', 'no-such-one:/'])).stderr).toMatch(
    /no such container: no-such-one|^no such directory$/im,
  );
  expect((await refused(['cp', `${id}:/dir`, 'other:/x'])).stderr).toContain(
    'copying between containers is not supported',
  );
  expect((await refused(['cp', '/etc/hostname', '/tmp'])).stderr).toContain(
    'must specify at least one container source',
  );
  const { stderr } = await refused(['cp', '-', `${id}:/nope`], { stdin: busyboxLayer() });
  expect(stderr).toContain(`destination "${id}:/nope" must be a directory`);
});

test('what was copied out as a stream is copied in as one, capabilities of files included', async () => {
  const id = await container();
  const pid = await engine.inspect(id, '{{.State.Pid}}');
  python(
    `os.setxattr('/proc/${pid}/root/dir/f', 'security.capability', bytes.fromhex('${netRaw}'))`,
  );
  const { stdoutBytes } = await cli(['cp', `${id}:/dir`, '-']);
  await ok(['cp', '-', `${id}:/tmp`], { stdin: stdoutBytes });
  expect(await ok(['exec', id, 'ls', '/tmp/dir'])).toBe('f\nl\nsp ace\nsub');
  const path = `/proc/${pid}/root/tmp/dir/f`;
  expect(python(`print(os.getxattr('${path}', 'security.capability').hex())`)).toBe(netRaw);
});
