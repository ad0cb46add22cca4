import { beforeAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, cli, refused } = engine;

beforeAll(async () => {
  const flags = ['--network', 'none', '--name', 'host', '-e', 'FROM_RUN=1', '-w', '/var'];
  await ok(['run', '-d', ...flags, 'busybox', 'sleep', '600']);
});

test('exec keeps the streams apart and passes the exit code', async () => {
  const script = 'echo out; echo err >&2; exit 4';
  const result = await cli(['exec', 'host', 'sh', '-c', script]);
  expect(result).toMatchObject({ code: 4, stdout: 'out\n', stderr: 'err\n' });
});

test.each([0, 1, 125, 255])('exit code %i is passed on', async (code) => {
  expect((await cli(['exec', 'host', 'sh', '-c', `exit ${code}`])).code).toBe(code);
});

test('a program ended by a signal gives 128 + N', async () => {
  expect((await cli(['exec', 'host', 'sh', '-c', 'kill -KILL $$'])).code).toBe(137);
});

test('a program that is missing gives 126 or 127', async () => {
  const { code, stdout, stderr } = await cli(['exec', 'host', 'no-such-program']);
  // Docker 20.10 gives 126 where later ones give 127.
  expect([126, 127]).toContain(code);
  expect(stdout + stderr).toContain('no-such-program');
});

test('a file that is not executable gives 126', async () => {
  const { code, stdout, stderr } = await cli(['exec', 'host', '/etc/passwd']);
  expect(code).toBe(126);
  expect(stdout + stderr).toMatch(/permission denied/i);
});

test('exec has the environment and working folder of the container', async () => {
  const script = 'echo $FROM_RUN $PWD';
  expect(await ok(['exec', 'host', 'sh', '-c', script])).toBe('1 /var');
});

test('-e, --env-file and -w change them', async () => {
  const flags = ['-e', 'A=1', '-e', 'FROM_RUN=2', '-w', '/tmp'];
  const script = 'echo $A $FROM_RUN $PWD';
  expect(await ok(['exec', ...flags, 'host', 'sh', '-c', script])).toBe('1 2 /tmp');
});

test('-w that is missing in the container is refused', async () => {
  const { code } = await cli(['exec', '-w', '/no/such/folder', 'host', 'true']);
  expect(code).not.toBe(0);
});

test.each([
  ['nobody', '65534 65534'],
  ['1234:5678', '1234 5678'],
])('-u %s runs as %s', async (user, ids) => {
  const script = 'echo $(id -u) $(id -g)';
  expect(await ok(['exec', '-u', user, 'host', 'sh', '-c', script])).toBe(ids);
});

test('-u of a user that is missing is refused', async () => {
  const { code, stdout, stderr } = await cli(['exec', '-u', 'no-such-user', 'host', 'true']);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/no-such-user/);
});

test('-i feeds input to its end', async () => {
  const result = await cli(['exec', '-i', 'host', 'cat'], { stdin: 'fed\nin' });
  expect(result).toMatchObject({ code: 0, stdout: 'fed\nin' });
});

test('without -i there is no input', async () => {
  expect((await cli(['exec', 'host', 'cat'], { stdin: 'x' })).stdout).toBe('');
});

test('-i passes several megabytes both ways', async () => {
  const stdin = Buffer.alloc(3 * 1024 * 1024, 'exec ');
  const { stdoutBytes } = await cli(['exec', '-i', 'host', 'cat'], { stdin });
  expect(stdoutBytes.equals(stdin)).toBe(true);
});

test('-d returns at once and the program runs on', async () => {
  const script = 'sleep 0.3; echo done > /tmp/detached';
  expect(await ok(['exec', '-d', 'host', 'sh', '-c', script])).toBe('');
  await expect
    .poll(() => cli(['exec', 'host', 'cat', '/tmp/detached']).then(({ stdout }) => stdout))
    .toBe('done\n');
});

test('-t without a terminal is refused with -i, and works without', async () => {
  const { code, stderr } = await cli(['exec', '-it', 'host', 'true'], { stdin: '' });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/not a TTY/i);
  expect((await cli(['exec', '-t', 'host', 'tty'])).stdout).toMatch(/^\/dev\/pts\/\d+\r\n$/);
});

test('exec shares the namespaces and the filter of the container', async () => {
  const script =
    'for n in pid net ipc uts mnt; do readlink /proc/1/ns/$n; readlink /proc/self/ns/$n; done';
  const links = (await ok(['exec', 'host', 'sh', '-c', script])).split('\n');
  expect(new Set(links).size).toBe(5);
  expect(await ok(['exec', 'host', 'grep', '^Seccomp:', '/proc/self/status'])).toBe('Seccomp:\t2');
});

test('exec has the capabilities of the container', async () => {
  const effective = ['sh', '-c', 'grep CapEff: /proc/$1/status', 'sh'];
  const own = await ok(['exec', 'host', ...effective, 'self']);
  expect(own).toBe(await ok(['exec', 'host', ...effective, '1']));
});

test('a container knows its execs while they run', async () => {
  await using session = engine.start(['exec', 'host', 'sh', '-c', 'echo here; sleep 600']);
  await session.until('here');
  const ids = JSON.parse(await engine.inspect('host', '{{json .ExecIDs}}')) as string[];
  expect(ids.length).toBeGreaterThanOrEqual(1);
  expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
});

test('exec ends with its container', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await using session = engine.start(['exec', id, 'sh', '-c', 'echo here; sleep 600']);
  await session.until('here');
  await ok(['kill', id]);
  expect(await session.ended()).toBe(137);
});

test('exec in a container that does not run is refused', async () => {
  const id = await engine.created(['busybox', 'true']);
  const { code, stderr } = await refused(['exec', id, 'true']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is not running/);
});

test('exec in a paused container is refused', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['pause', id]);
  const { code, stderr } = await refused(['exec', id, 'true']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is paused/);
});

test('exec in a missing container is refused', async () => {
  const { code, stderr } = await refused(['exec', 'no-such-one', 'true']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no such container: no-such-one/i);
});

test('exec without a command is refused', async () => {
  expect((await refused(['exec', 'host'])).stderr).toMatch(/requires at least 2 arguments/);
});

test('eight execs run at the same time', async () => {
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
  const outputs = await Promise.all(numbers.map((n) => ok(['exec', 'host', 'echo', n])));
  expect(outputs).toEqual(numbers);
});

test('exec counts toward the limit of processes of its container', async () => {
  const id = await engine.container(['--pids-limit', '1', 'busybox', 'sleep', '600']);
  expect((await cli(['exec', id, 'sh', '-c', 'sleep 1 & wait'])).code).not.toBe(0);
});
