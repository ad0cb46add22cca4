import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();
const { run, cli, ok } = engine;
const id = /^[0-9a-f]{64}$/;

test('standard output and standard error are kept apart', async () => {
  const result = await run(['busybox', 'sh', '-c', 'echo out; echo err >&2']);
  expect(result).toMatchObject({ code: 0, stdout: 'out\n', stderr: 'err\n' });
});

test('output is passed on byte by byte', async () => {
  const bytes = String.raw`\000\001\377\376\r\n\033[0m`;
  const { stdoutBytes } = await run(['busybox', 'printf', bytes]);
  expect([...stdoutBytes]).toEqual([0, 1, 255, 254, 13, 10, 27, 91, 48, 109]);
});

test('output of several megabytes arrives whole', async () => {
  const script = 'dd if=/dev/zero bs=1024 count=4096 2>/dev/null';
  const { stdoutBytes } = await run(['busybox', 'sh', '-c', script]);
  expect(stdoutBytes.length).toBe(4096 * 1024);
});

test('output without a newline at its end arrives', async () => {
  expect(await run(['busybox', 'printf', 'end'])).toMatchObject({ code: 0, stdout: 'end' });
});

test.each([0, 1, 2, 124, 128, 200, 255])('exit code %i is passed on', async (code) => {
  expect((await run(['busybox', 'sh', '-c', `exit ${code}`])).code).toBe(code);
});

test.each([
  ['KILL', 137],
  ['TERM', 143],
  ['SEGV', 139],
])('a container ended by SIG%s gives exit code %i', async (signal, code) => {
  // The first process of a namespace ignores signals that it does not handle: another one must send them from outside.
  const name = `signal-${signal}`;
  await using session = engine.start(
    ['run', '--rm', '--init', '--network', 'none', '--name', name].concat(
      'busybox',
      'sh',
      '-c',
      `echo ready; kill -${signal} $$`,
    ),
  );
  expect(await session.ended()).toBe(code);
});

test('a program that is missing gives 127', async () => {
  const { code, stderr } = await run(['busybox', '/no/such/program']);
  expect(code).toBe(127);
  expect(stderr).toContain('/no/such/program');
});

test('a program that is not on PATH gives 127', async () => {
  const { code, stderr } = await run(['busybox', 'no-such-program']);
  expect(code).toBe(127);
  expect(stderr).toContain('no-such-program');
});

test('a file that is not executable gives 126', async () => {
  const { code, stderr } = await run(['busybox', '/etc/passwd']);
  expect(code).toBe(126);
  expect(stderr).toMatch(/permission denied/i);
});

test('a folder in place of a program gives 126', async () => {
  expect((await run(['busybox', '/etc'])).code).toBe(126);
});

test('a program that could not be started leaves no container behind with --rm', async () => {
  await run(['--name', 'not-started', 'busybox', '/no/such/program']);
  expect(await ok(['ps', '-aq', '--filter', 'name=not-started'])).toBe('');
});

test('a program that could not be started leaves its container without --rm', async () => {
  const name = ['--name', 'not-started-2'];
  const { code } = await cli(['run', '--network', 'none', ...name, 'busybox', '/no/such/program']);
  expect(code).toBe(127);
  // Docker goes on calling it created.
  expect(await engine.inspect('not-started-2', '{{.State.Status}} {{.State.ExitCode}}')).toMatch(
    /^(exited|created) 127$/,
  );
  await ok(['rm', 'not-started-2']);
});

test('an unknown flag gives 125', async () => {
  const { code, stderr } = await run(['--no-such-flag', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain('--no-such-flag');
});

test('run without an image is refused', async () => {
  expect((await cli(['run'])).code).not.toBe(0);
});

test('an image that is not there gives 125 with --pull never', async () => {
  const { code, stderr } = await run(['--pull', 'never', 'no-such-image:1', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/no such image.*no-such-image:1/i);
});

test('a wrong reference gives 125', async () => {
  const { code, stderr } = await run(['busybox:UPPER/case', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/invalid reference/i);
});

test('an upper case repository gives 125', async () => {
  const { code, stderr } = await run(['BusyBox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/lowercase|lower case/i);
});

test('flags after the image belong to the program', async () => {
  expect((await run(['busybox', 'echo', '--rm', '-d'])).stdout).toBe('--rm -d\n');
});

test('-d prints the id and returns', async () => {
  expect(await engine.container(['busybox', 'sleep', '60'])).toMatch(id);
});

test('-d with --rm removes the container when it ends', async () => {
  const name = await ok(['run', '-d', '--rm', '--network', 'none', 'busybox', 'sleep', '0.2']);
  await cli(['wait', name]);
  await expect.poll(() => ok(['ps', '-aq', '--no-trunc']), { timeout: 5000 }).not.toContain(name);
});

test('--rm removes the container', async () => {
  await run(['--name', 'removed', 'busybox', 'true']);
  expect(await ok(['ps', '-aq', '--filter', 'name=removed'])).toBe('');
});

test('--rm cannot be combined with a restart policy', async () => {
  const { code, stderr } = await run(['--restart', 'always', 'busybox', 'true']);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/conflicting options/i);
});

test('a container gets a name of its own of two words', async () => {
  const container = await engine.created(['busybox', 'true']);
  expect(await engine.inspect(container, '{{.Name}}')).toMatch(/^\/[a-z]+_[a-z]+\d*$/);
});

test('a name that is in use is refused', async () => {
  const container = await engine.created(['--name', 'taken', 'busybox', 'true']);
  const { code, stderr } = await run(['--name', 'taken', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/taken.*already in use/is);
  expect(stderr).toContain(container.slice(0, 12));
});

test.each(['a', '-x', 'a/b', '../x', 'a b', 'ä'])('the name %j is refused', async (name) => {
  expect((await run([`--name=${name}`, 'busybox', 'true'])).code).toBe(125);
});

test('--cidfile gets the id', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'cid');
  const container = await engine.container(['--cidfile', file, 'busybox', 'sleep', '60']);
  expect(await readFile(file, 'utf8')).toBe(container);
});

test('--cidfile that exists is refused', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'cid');
  await run(['--cidfile', file, 'busybox', 'true']);
  expect((await stat(file)).size).toBe(64);
  const { code, stderr } = await run(['--cidfile', file, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain(file);
});

test('a network that is not there is refused', async () => {
  const { code, stderr } = await cli(['run', '--rm', '--network', 'nowhere', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toContain('nowhere');
});

test('--network none has a loopback interface alone', async () => {
  expect((await run(['busybox', 'ls', '/sys/class/net'])).stdout).toBe('lo\n');
});

test('--network container: shares the network namespace', async () => {
  const first = await engine.container(['busybox', 'sleep', '60']);
  const namespace = await ok(['exec', first, 'readlink', '/proc/self/ns/net']);
  const args = ['run', '--rm', '--network', `container:${first}`, 'busybox'];
  expect(await ok([...args, 'readlink', '/proc/self/ns/net'])).toBe(namespace);
});

test('--network container: of a stopped container is refused', async () => {
  const stopped = await engine.created(['busybox', 'true']);
  const args = ['run', '--rm', '--network', `container:${stopped}`, 'busybox', 'true'];
  const { code, stderr } = await cli(args);
  expect(code).toBe(125);
  expect(stderr).toMatch(/not running|non running/);
});

test('eight containers run at the same time', async () => {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
  const results = await Promise.all(numbers.map((n) => run(['busybox', 'echo', n])));
  expect(results).toEqual(
    numbers.map((n) => expect.objectContaining({ code: 0, stdout: `${n}\n` })),
  );
});
