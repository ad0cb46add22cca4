import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, inspect } = engine;

const state = (name: string): Promise<string> => inspect(name, '{{.State.Status}}');
const sleeper = ['busybox', 'sleep', '600'];
/** Ends with 7 at TERM and 8 at USR1; says ready when it listens. */
const listener = ['busybox', 'sh', '-c'].concat(
  'trap "exit 7" TERM; trap "exit 8" USR1; echo ready; while :; do sleep 0.05; done',
);

async function listening(flags: readonly string[] = []): Promise<string> {
  const id = await engine.container([...flags, ...listener]);
  await expect.poll(() => ok(['logs', id])).toContain('ready');
  return id;
}

test('create makes a container that does not run', async () => {
  const id = await engine.created(['--name', 'made', ...sleeper]);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(await inspect(id, '{{.Name}} {{.State.Status}} {{.State.Pid}}')).toBe('/made created 0');
});

test('start prints the name it was given, and runs the container', async () => {
  await engine.created(['--name', 'started', ...sleeper]);
  expect(await ok(['start', 'started'])).toBe('started');
  expect(await state('started')).toBe('running');
});

test('start of a running container changes nothing', async () => {
  const id = await engine.container(sleeper);
  const before = await inspect(id, '{{.State.Pid}} {{.State.StartedAt}}');
  await ok(['start', id]);
  expect(await inspect(id, '{{.State.Pid}} {{.State.StartedAt}}')).toBe(before);
});

test('start takes several containers and goes on after one that is missing', async () => {
  const a = await engine.created(sleeper);
  const b = await engine.created(sleeper);
  const { code, stdout, stderr } = await engine.cli(['start', a, 'no-such-one', b]);
  expect(code).toBe(1);
  expect(stdout).toBe(`${a}\n${b}\n`);
  expect(stderr).toMatch(/no such container: no-such-one/i);
  expect(await state(b)).toBe('running');
});

test('start -a shows output and gives the exit code', async () => {
  const id = await engine.created(['busybox', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
  const result = await engine.cli(['start', '-a', id]);
  expect(result).toMatchObject({ code: 3, stdout: 'out\n', stderr: 'err\n' });
});

test('start -ai feeds input', async () => {
  const id = await engine.created(['-i', 'busybox', 'cat']);
  const result = await engine.cli(['start', '-ai', id], { stdin: 'fed\n' });
  expect(result).toMatchObject({ code: 0, stdout: 'fed\n' });
});

test('a container starts again after its end', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'echo run; exit 2']);
  await ok(['wait', id]);
  await ok(['start', id]);
  expect(await ok(['wait', id])).toBe('2');
  expect(await ok(['logs', id])).toBe('run\nrun');
});

test('stop sends SIGTERM and records the exit code', async () => {
  const id = await listening();
  expect(await ok(['stop', id])).toBe(id);
  expect(await inspect(id, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 7');
});

test('stop kills after its timeout', async () => {
  const id = await engine.container(sleeper);
  const begin = performance.now();
  await ok(['stop', '-t', '1', id]);
  const took = performance.now() - begin;
  expect(took).toBeGreaterThan(900);
  expect(took).toBeLessThan(8000);
  expect(await inspect(id, '{{.State.ExitCode}}')).toBe('137');
});

test('stop -t 0 kills at once', async () => {
  const id = await engine.container(sleeper);
  await ok(['stop', '-t', '0', id]);
  expect(await inspect(id, '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 137');
});

test('--stop-signal is what stop sends', async () => {
  const id = await listening(['--stop-signal', 'USR1']);
  await ok(['stop', id]);
  expect(await inspect(id, '{{.State.ExitCode}} {{.Config.StopSignal}}')).toBe('8 USR1');
});

test('--stop-timeout is the timeout of stop', async () => {
  const id = await engine.container(['--stop-timeout', '1', ...sleeper]);
  const begin = performance.now();
  await ok(['stop', id]);
  expect(performance.now() - begin).toBeLessThan(8000);
});

test('stop of a stopped container does nothing', async () => {
  const id = await engine.created(sleeper);
  expect(await ok(['stop', id])).toBe(id);
  expect(await state(id)).toBe('created');
});

test('kill sends SIGKILL', async () => {
  const id = await engine.container(sleeper);
  expect(await ok(['kill', id])).toBe(id);
  expect(await ok(['wait', id])).toBe('137');
});

test.each(['USR1', 'SIGUSR1', 'sigusr1', '10'])('kill -s %s sends that signal', async (signal) => {
  const id = await listening();
  await ok(['kill', '-s', signal, id]);
  expect(await ok(['wait', id])).toBe('8');
});

test('kill with a signal that does not end it leaves it running', async () => {
  const id = await listening();
  await ok(['kill', '-s', 'CONT', id]);
  expect(await state(id)).toBe('running');
});

test('kill of a container that does not run is refused', async () => {
  const id = await engine.created(sleeper);
  const { code, stderr } = await refused(['kill', id]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is not running/);
});

test.each(['NONSENSE', '99'])('kill -s %j is refused', async (signal) => {
  const id = await engine.container(sleeper);
  const { stderr } = await refused(['kill', `--signal=${signal}`, id]);
  expect(stderr).toMatch(/signal/i);
  expect(await state(id)).toBe('running');
});

test('restart stops and starts with a new process', async () => {
  const id = await listening();
  const before = await inspect(id, '{{.State.Pid}}');
  expect(await ok(['restart', id])).toBe(id);
  expect(await state(id)).toBe('running');
  expect(await inspect(id, '{{.State.Pid}}')).not.toBe(before);
  expect(await inspect(id, '{{.RestartCount}}')).toBe('0');
});

test('restart starts a container that does not run', async () => {
  const id = await engine.created(sleeper);
  await ok(['restart', '-t', '0', id]);
  expect(await state(id)).toBe('running');
});

test('rm removes a stopped container and prints what it was given', async () => {
  await engine.created(['--name', 'gone', ...sleeper]);
  expect(await ok(['rm', 'gone'])).toBe('gone');
  expect((await refused(['inspect', 'gone'])).stderr).toMatch(/no such object: gone/i);
});

test('rm of a running container is refused', async () => {
  const id = await engine.container(sleeper);
  const { code, stderr } = await refused(['rm', id]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/running container|container is running/);
  expect(stderr).toMatch(/force|-f/);
  expect(await state(id)).toBe('running');
});

test('rm -f removes a running container', async () => {
  const id = await engine.container(sleeper);
  const pid = Number(await inspect(id, '{{.State.Pid}}'));
  await ok(['rm', '-f', id]);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

test('rm of one that is missing is refused, rm of the others goes on', async () => {
  const id = await engine.created(sleeper);
  const { code, stdout, stderr } = await engine.cli(['rm', 'no-such-one', id]);
  expect(code).toBe(1);
  expect(stdout).toBe(`${id}\n`);
  expect(stderr).toMatch(/no such container: no-such-one/i);
});

test('wait gives the exit code of a container that has ended', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'exit 5']);
  expect(await ok(['wait', id])).toBe('5');
  expect(await ok(['wait', id])).toBe('5');
});

test('wait waits for a container that runs', async () => {
  const id = await listening();
  await using waiting = engine.start(['wait', id]);
  await ok(['kill', '-s', 'USR1', id]);
  expect(await waiting.ended()).toBe(0);
  expect(waiting.stdout).toBe('8\n');
});

test('wait takes several containers', async () => {
  const a = await engine.container(['busybox', 'sh', '-c', 'exit 1']);
  const b = await engine.container(['busybox', 'sh', '-c', 'exit 2']);
  expect(await ok(['wait', a, b])).toBe('1\n2');
});

test('rename gives a new name and frees the old one', async () => {
  const id = await engine.created(['--name', 'before', ...sleeper]);
  expect(await ok(['rename', 'before', 'after'])).toBe('');
  expect(await inspect(id, '{{.Name}}')).toBe('/after');
  await engine.created(['--name', 'before', ...sleeper]);
});

test('rename to a name in use, a wrong name or of a missing container is refused', async () => {
  await engine.created(['--name', 'one', ...sleeper]);
  await engine.created(['--name', 'two', ...sleeper]);
  expect((await refused(['rename', 'one', 'two'])).stderr).toMatch(/two.*already in use/s);
  expect((await refused(['rename', 'one', 'a b'])).stderr).toMatch(/invalid container name/i);
  expect((await refused(['rename', 'nobody', 'x'])).stderr).toMatch(/no such container/i);
});

test('pause stops the processes, unpause lets them go on', async () => {
  const count = 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done';
  const id = await engine.container(['busybox', 'sh', '-c', count]);
  expect(await ok(['pause', id])).toBe(id);
  expect(await inspect(id, '{{.State.Status}} {{.State.Paused}}')).toBe('paused true');
  const lines = (await ok(['logs', id])).length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await ok(['logs', id])).length).toBe(lines);
  expect(await ok(['unpause', id])).toBe(id);
  await expect.poll(async () => (await ok(['logs', id])).length).toBeGreaterThan(lines);
});

test('pause and unpause in the wrong state are refused', async () => {
  const stopped = await engine.created(sleeper);
  expect((await refused(['pause', stopped])).stderr).toMatch(/is not running/);
  expect((await refused(['unpause', stopped])).stderr).toMatch(/is not (running|paused)/);
  const running = await engine.container(sleeper);
  expect((await refused(['unpause', running])).stderr).toMatch(/is not paused/);
  await ok(['pause', running]);
  expect((await refused(['pause', running])).stderr).toMatch(/already paused/);
});

test('start of a paused container is refused', async () => {
  const id = await engine.container(sleeper);
  await ok(['pause', id]);
  expect((await refused(['start', id])).stderr).toMatch(/unpause/);
});

test('a paused container can be stopped, killed and removed', async () => {
  const [a, b] = [await engine.container(sleeper), await engine.container(sleeper)];
  await ok(['pause', a, b]);
  await ok(['stop', '-t', '0', a]);
  expect(await state(a)).toBe('exited');
  await ok(['rm', '-f', b]);
  expect(await ok(['ps', '-aq', '--no-trunc'])).not.toContain(b);
});

test('a container is found by a prefix of its id', async () => {
  const id = await engine.created(sleeper);
  expect(await inspect(id.slice(0, 12), '{{.Id}}')).toBe(id);
  expect(await ok(['rm', id.slice(0, 20)])).toBe(id.slice(0, 20));
});

test('a container that died by a signal says so', async () => {
  const id = await engine.container(['--init', 'busybox', 'sh', '-c', 'kill -SEGV $$']);
  expect(await ok(['wait', id])).toBe('139');
});

test('the times of a container are in order', async () => {
  const id = await engine.container(['busybox', 'sleep', '0.1']);
  await ok(['wait', id]);
  const template = '{{.Created}} {{.State.StartedAt}} {{.State.FinishedAt}}';
  const times = (await inspect(id, template)).split(' ').map((time) => Date.parse(time));
  expect(times).toHaveLength(3);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(Date.now() - (times[0] ?? 0)).toBeLessThan(60_000);
});

test('commands without a container are refused', async () => {
  for (const command of ['start', 'stop', 'kill', 'rm', 'wait', 'pause', 'logs', 'inspect']) {
    const { stderr } = await refused([command]);
    expect(stderr).toMatch(/requires (at least |exactly )?1 argument/);
  }
});
