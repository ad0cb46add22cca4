import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused } = engine;

/** A container that has printed what the script prints and ended. */
async function printed(script: string, flags: readonly string[] = []): Promise<string> {
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', script]);
  await ok(['wait', id]);
  return id;
}

const counted = (to: number): string => `for i in $(seq ${to}); do echo line $i; done`;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;

test('logs gives both streams back, each on its own', async () => {
  const id = await printed('echo out; echo err >&2');
  expect(await engine.cli(['logs', id])).toMatchObject({
    code: 0,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('logs gives control characters and letters of all scripts back', async () => {
  const id = await printed(String.raw`printf '\000\001\r\033[1m"\\\303\244'; printf 'end'`);
  const { stdout } = await engine.cli(['logs', id]);
  expect(stdout).toBe('\0\x01\r\x1b[1m"\\äend');
});

test('a line of 100 KiB comes back whole', async () => {
  const id = await printed('head -c 102400 /dev/zero | tr "\\0" x; echo; echo after');
  const lines = (await ok(['logs', id])).split('\n');
  expect(lines.map((line) => line.length)).toEqual([102400, 5]);
});

test('ten thousand lines come back in order', async () => {
  const id = await printed('seq 10000');
  const lines = (await ok(['logs', id])).split('\n');
  expect(lines).toHaveLength(10_000);
  expect(lines.every((line, i) => line === String(i + 1))).toBe(true);
});

test.each([
  ['0', []],
  ['1', ['line 5']],
  ['2', ['line 4', 'line 5']],
  ['99', ['line 1', 'line 2', 'line 3', 'line 4', 'line 5']],
  ['all', ['line 1', 'line 2', 'line 3', 'line 4', 'line 5']],
])('--tail %s gives the last lines', async (tail, lines) => {
  const id = await printed(counted(5));
  expect(await ok(['logs', '--tail', tail, id])).toBe(lines.join('\n'));
});

test('-n is --tail', async () => {
  const id = await printed(counted(3));
  expect(await ok(['logs', '-n', '1', id])).toBe('line 3');
});

test('-t puts the time before each line', async () => {
  const id = await printed(counted(3));
  const lines = (await ok(['logs', '-t', id])).split('\n');
  expect(lines).toHaveLength(3);
  for (const [i, line] of lines.entries()) {
    expect(line).toMatch(time);
    expect(line.replace(time, '')).toBe(`line ${i + 1}`);
  }
  expect([...lines].sort()).toEqual(lines);
});

test('--since may be the time of a line', async () => {
  const id = await printed('for i in 1 2 3 4 5 6; do echo $i; sleep 0.02; done');
  const lines = (await ok(['logs', '-t', id])).split('\n').map((line) => line.split(' '));
  // What the engine reads at once has one time.
  const fourth = lines[3]?.[0] ?? '';
  const later = lines.filter(([at = '']) => at >= fourth).map(([, text]) => text);
  expect(later.length).toBeLessThan(6);
  expect(await ok(['logs', '--since', fourth, id])).toBe(later.join('\n'));
});

test('--since and --until take times, and cut there', async () => {
  const id = await printed('echo early; sleep 1.2; echo late');
  const [early = '', late = ''] = (await ok(['logs', '-t', id]))
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  const between = new Date((Date.parse(early) + Date.parse(late)) / 2).toISOString();
  expect(await ok(['logs', '--since', between, id])).toBe('late');
  expect(await ok(['logs', '--until', between, id])).toBe('early');
  expect(await ok(['logs', '--since', String(Date.parse(between) / 1000), id])).toBe('late');
  expect(await ok(['logs', '--since', '1h', id])).toBe('early\nlate');
  expect(await ok(['logs', '--until', '1h', id])).toBe('');
  expect(await ok(['logs', '--since', early, '--until', early, id])).toBe('early');
});

test.each([
  ['--since', 'yesterday'],
  ['--until', 'x'],
])('%s %s is refused', async (flag, value) => {
  const id = await printed('true');
  expect((await refused(['logs', flag, value, id])).stderr).not.toBe('');
});

test('-f follows until the end of the container', async () => {
  const script = 'echo one; sleep 0.3; echo two; sleep 0.3; echo three >&2';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await using session = engine.start(['logs', '-f', id]);
  expect(await session.ended()).toBe(0);
  expect(session.stdout).toBe('one\ntwo\n');
  expect(session.stderr).toBe('three\n');
});

test('-f passes lines on as they come', async () => {
  const script = 'echo first; while ! test -f /go; do sleep 0.05; done; echo second; sleep 600';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await using session = engine.start(['logs', '-f', id]);
  await session.until('first\n');
  await ok(['exec', id, 'touch', '/go']);
  await session.until('first\nsecond\n');
  expect(session.running).toBe(true);
});

test('-f --tail 0 gives only what is new', async () => {
  const script = 'echo old; while ! test -f /go; do sleep 0.05; done; echo new';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await expect.poll(() => ok(['logs', id])).toBe('old');
  await using session = engine.start(['logs', '-f', '--tail', '0', id]);
  await sleep(300);
  // The container may end before touch does.
  await engine.cli(['exec', id, 'touch', '/go']);
  expect(await session.ended()).toBe(0);
  expect(session.stdout).toBe('new\n');
});

test('-f of a container that has ended prints its log and ends', async () => {
  const id = await printed('echo done');
  expect(await engine.cli(['logs', '-f', id], { timeout: 10_000 })).toMatchObject({
    code: 0,
    stdout: 'done\n',
  });
});

test('-f goes on over a restart of the container by its policy', async () => {
  const flags = ['--restart', 'on-failure:1'];
  const script = 'echo run; sleep 0.3; exit 1';
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', script]);
  await ok(['wait', id]);
  await expect.poll(() => ok(['logs', id]), { timeout: 8000 }).toBe('run\nrun');
});

test('-f that is interrupted ends, the container goes on', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'echo x; sleep 600']);
  await using session = engine.start(['logs', '-f', id]);
  await session.until('x');
  session.kill('SIGINT');
  await session.ended();
  expect(await engine.inspect(id, '{{.State.Running}}')).toBe('true');
});

test('two followers get the same', async () => {
  const id = await engine.container([
    'busybox',
    'sh',
    '-c',
    'for i in 1 2 3; do echo $i; sleep 0.1; done',
  ]);
  await using one = engine.start(['logs', '-f', id]);
  await using two = engine.start(['logs', '-f', id]);
  await Promise.all([one.ended(), two.ended()]);
  expect([one.stdout, two.stdout]).toEqual(['1\n2\n3\n', '1\n2\n3\n']);
});

test('a container without output has an empty log', async () => {
  const id = await engine.created(['busybox', 'true']);
  expect(await engine.cli(['logs', id])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('the log of a terminal is one stream', async () => {
  const id = await printed('echo out; echo err >&2', ['-t']);
  const { stdout, stderr } = await engine.cli(['logs', id]);
  expect(stdout).toBe('out\r\nerr\r\n');
  expect(stderr).toBe('');
});

test('a container with the log driver none has no log to read', async () => {
  const id = await printed('echo x', ['--log-driver', 'none']);
  expect((await refused(['logs', id])).stderr).toMatch(/does not support reading/);
});

test('an unknown log driver or option is refused', async () => {
  const args = ['create', '--network', 'none'];
  expect((await refused([...args, '--log-driver', 'nonsense', 'busybox'])).stderr).toMatch(
    /nonsense/,
  );
  expect((await refused([...args, '--log-opt', 'nonsense=1', 'busybox'])).stderr).toMatch(
    /nonsense/,
  );
});

test('--log-opt max-size and max-file rotate the log', async () => {
  const flags = ['--log-opt', 'max-size=10k', '--log-opt', 'max-file=2'];
  const id = await printed('seq 5000', flags);
  const lines = (await ok(['logs', id])).split('\n').map(Number);
  expect(lines.length).toBeLessThan(1000);
  expect(lines.at(-1)).toBe(5000);
  expect(lines.every((n, i) => i === 0 || n === (lines[i - 1] ?? 0) + 1)).toBe(true);
});

test('--details shows the labels asked for', async () => {
  const flags = ['-l', 'color=red', '--log-opt', 'labels=color'];
  const id = await printed('echo x', flags);
  expect(await ok(['logs', '--details', id])).toBe('color=red x');
});

test('logs of a missing container is refused', async () => {
  const { code, stderr } = await refused(['logs', 'no-such-one']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no such container: no-such-one/i);
});
