import { cliProgram, run } from '@wharf/testing';
import { expect, test } from 'vitest';
import { useEngine } from './support.js';

const engine = useEngine();
const { ok, cli, refused } = engine;

test('an unknown command is refused', async () => {
  const { stderr } = await refused(['no-such-command']);
  expect(stderr).toContain('no-such-command');
});

test.each([
  ['ps', '--nonsense'],
  ['logs', '--nonsense'],
  ['images', '-Z'],
])('%s %s is refused', async (command, flag) => {
  const { code, stderr } = await refused([command, flag]);
  expect(code).toBe(125);
  expect(stderr).toMatch(/unknown (shorthand )?flag/);
  expect(stderr).toContain('--help');
});

test('--help prints usage on standard output', async () => {
  for (const command of [[], ['run'], ['container'], ['container', 'ls'], ['exec']]) {
    const { code, stdout, stderr } = await cli([...command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage:/m);
  }
});

test('-v prints the version on one line', async () => {
  const { code, stdout } = await cli(['-v']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\S+ version \d+\.\d+\.\S+.*\n$/);
});

test('version --format prints fields of client and server', async () => {
  const text = await ok(['version', '--format', '{{.Client.Version}} {{.Server.Version}}']);
  expect(text).toMatch(/^\d\S* \d\S*$/);
});

test('info prints facts of the daemon', async () => {
  expect(await ok(['info', '--format', '{{.OSType}}'])).toBe('linux');
  expect(Number(await ok(['info', '--format', '{{.Containers}}']))).toBe(0);
  expect(await ok(['info', '--format', '{{.CgroupVersion}}'])).toMatch(/^[12]$/);
});

test('a daemon that does not answer gives an error with its address', async () => {
  const { code, stderr } = await cli(['-H', 'unix:///tmp/no-such.sock', 'ps']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/\/tmp\/no-such\.sock/);
  expect(stderr).toMatch(/running\?/);
});

test('run without a daemon gives 125', async () => {
  const { code } = await cli(['-H', 'unix:///tmp/no-such.sock', 'run', '--rm', 'busybox', 'true']);
  expect(code).toBe(125);
});

test('a wrong -H is refused', async () => {
  expect((await refused(['-H', 'nonsense://x', 'ps'])).stderr).not.toBe('');
});

test('short flags can be joined and take values', async () => {
  const args = ['run', '--rm', '--network=none', '-eA=1', '-e', 'B=2', '-w/tmp', 'busybox'];
  expect(await ok([...args, 'sh', '-c', 'echo $A $B $PWD'])).toBe('1 2 /tmp');
  const joined = ['run', '-di', '--network', 'none', 'busybox', 'sh'];
  const id = await ok(joined);
  expect(await engine.inspect(id, '{{.Config.OpenStdin}}')).toBe('true');
  await ok(['rm', '-f', id]);
});

test('a boolean flag takes =false', async () => {
  const id = await engine.created(['--init=false', '--read-only=true', 'busybox', 'true']);
  expect(await engine.inspect(id, '{{.HostConfig.ReadonlyRootfs}}')).toBe('true');
});

test('the client says nothing on standard error when it succeeds', async () => {
  for (const args of [
    ['ps'],
    ['images'],
    ['info', '--format', 'x'],
    ['version', '--format', 'x'],
  ]) {
    expect((await cli(args)).stderr).toBe('');
  }
});

test('output that is cut short ends the client quietly', async () => {
  await using session = engine.start(['version']);
  await session.ended();
  const piped = await run('sh', ['-c', `"${cliProgram()}" --help | head -n 1`]);
  expect(piped).toMatchObject({ code: 0, stderr: '' });
});
