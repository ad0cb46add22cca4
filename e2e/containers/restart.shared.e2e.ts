import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, inspect } = engine;

const count = (id: string): Promise<string> => inspect(id, '{{.RestartCount}}');
const state = (id: string): Promise<string> => inspect(id, '{{.State.Status}}');
const within = { timeout: 10_000 };

test('without a policy an end is an end', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'exit 1']);
  await ok(['wait', id]);
  await sleep(300);
  expect(await inspect(id, '{{.State.Status}} {{.RestartCount}}')).toBe('exited 0');
});

test('on-failure:N restarts N times', async () => {
  const flags = ['--restart', 'on-failure:2'];
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', 'echo run; exit 3']);
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.RestartCount}}'), within)
    .toBe('exited 2');
  expect(await ok(['logs', id])).toBe('run\nrun\nrun');
  expect(await inspect(id, '{{.State.ExitCode}}')).toBe('3');
});

test('on-failure lets a success be', async () => {
  const id = await engine.container(['--restart', 'on-failure', 'busybox', 'true']);
  await ok(['wait', id]);
  await sleep(300);
  expect(await inspect(id, '{{.State.Status}} {{.RestartCount}}')).toBe('exited 0');
});

test('wait of a container under on-failure:N returns when it has ended for good', async () => {
  const id = await engine.container(['--restart', 'on-failure:1', 'busybox', 'sh', '-c', 'exit 4']);
  expect(await ok(['wait', id])).toBe('4');
});

test('always restarts after a success too, and counts', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'sleep', '0.1']);
  await expect.poll(() => count(id).then(Number), within).toBeGreaterThanOrEqual(2);
  expect(await state(id)).toMatch(/running|restarting/);
});

test('stop ends a container that would restart', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'sleep', '600']);
  await ok(['stop', '-t', '0', id]);
  await sleep(500);
  expect(await state(id)).toBe('exited');
});

test('stop ends a container that waits for its restart', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'false']);
  await expect.poll(() => count(id).then(Number), within).toBeGreaterThanOrEqual(3);
  await ok(['stop', '-t', '0', id]);
  const stopped = await count(id);
  await sleep(1000);
  expect([await state(id), await count(id)]).toEqual(['exited', stopped]);
});

test('rm -f ends a container that waits for its restart', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'false']);
  await expect.poll(() => count(id).then(Number), within).toBeGreaterThanOrEqual(2);
  await ok(['rm', '-f', id]);
  expect((await refused(['inspect', id])).stderr).toMatch(/no such object/i);
});

test('a killed container restarts under always only when its program ended by itself', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'sleep', '600']);
  await ok(['kill', id]);
  await sleep(500);
  expect(await state(id)).toBe('exited');
  const other = await engine.container(['--restart', 'always', 'busybox', 'sleep', '600']);
  process.kill(Number(await inspect(other, '{{.State.Pid}}')), 'SIGKILL');
  await expect
    .poll(() => inspect(other, '{{.State.Status}} {{.RestartCount}}'), within)
    .toBe('running 1');
});

test('unless-stopped restarts like always', async () => {
  const id = await engine.container(['--restart', 'unless-stopped', 'busybox', 'sleep', '0.1']);
  await expect.poll(() => count(id).then(Number), within).toBeGreaterThanOrEqual(1);
  await ok(['stop', '-t', '0', id]);
  await sleep(300);
  expect(await state(id)).toBe('exited');
});

test('start after stop takes the policy up again', async () => {
  const flags = ['--restart', 'on-failure:1'];
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', 'sleep 0.1; exit 1']);
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.RestartCount}}'), within)
    .toBe('exited 1');
  await ok(['start', id]);
  await expect
    .poll(() => inspect(id, '{{.State.Status}} {{.RestartCount}}'), within)
    .toMatch(/^exited [12]$/);
  const deaths = await engine.events([`container=${id}`, 'event=die'], 'x');
  expect(deaths.length).toBeGreaterThanOrEqual(3);
});

test('each restart waits longer', async () => {
  const id = await engine.container(['--restart', 'always', 'busybox', 'sh', '-c', 'echo run']);
  const times = async (): Promise<number[]> =>
    (await ok(['logs', '-t', id])).split('\n').map((line) => Date.parse(line.split(' ')[0] ?? ''));
  await expect.poll(() => times().then(({ length }) => length), within).toBeGreaterThanOrEqual(5);
  const at = await times();
  const gap = (i: number): number => (at[i + 1] ?? 0) - (at[i] ?? 0);
  expect(gap(0)).toBeGreaterThan(90);
  expect(gap(3)).toBeGreaterThan(750);
  expect(gap(3)).toBeGreaterThan(gap(0));
});

test.each(['nonsense', 'on-failure:x', 'on-failure:-1', 'always:3', 'no:1', 'unless-stopped:1'])(
  '--restart %s is refused',
  async (policy) => {
    const args = ['create', '--network', 'none', '--restart', policy, 'busybox', 'true'];
    expect((await refused(args)).stderr).toMatch(/restart|retry|retries|conflict/i);
  },
);

test('inspect shows the policy', async () => {
  const id = await engine.created(['--restart', 'on-failure:7', 'busybox', 'true']);
  expect(await inspect(id, '{{json .HostConfig.RestartPolicy}}')).toBe(
    '{"Name":"on-failure","MaximumRetryCount":7}',
  );
});
