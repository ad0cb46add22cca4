import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, inspect } = engine;

const within = { timeout: 10_000 };
const health = (id: string): Promise<string> => inspect(id, '{{.State.Health.Status}}');

async function probed(probe: string, flags: readonly string[] = []): Promise<string> {
  const often = ['--health-cmd', probe, '--health-interval', '200ms'];
  return engine.container([...often, ...flags, 'busybox', 'sleep', '600']);
}

interface Probe {
  readonly Start: string;
  readonly End: string;
  readonly ExitCode: number;
  readonly Output: string;
}

test('a container is starting, then healthy', async () => {
  const id = await probed('echo fine', ['--health-interval', '1s']);
  expect(await health(id)).toBe('starting');
  await expect.poll(() => health(id), within).toBe('healthy');
  const log = JSON.parse(await inspect(id, '{{json .State.Health.Log}}')) as Probe[];
  expect(log[0]).toMatchObject({ ExitCode: 0, Output: 'fine\n' });
  expect(Date.parse(log[0]?.End ?? '')).toBeGreaterThanOrEqual(Date.parse(log[0]?.Start ?? ''));
  expect(await ok(['ps', '-f', `id=${id}`, '--format', '{{.Status}}'])).toMatch(/\(healthy\)$/);
});

test('it is unhealthy after as many failures as --health-retries says, and runs on', async () => {
  const id = await probed('echo broken; exit 1', ['--health-retries', '2']);
  await expect.poll(() => health(id), within).toBe('unhealthy');
  const streak = await inspect(id, '{{.State.Health.FailingStreak}}');
  expect(Number(streak)).toBeGreaterThanOrEqual(2);
  expect(await inspect(id, '{{.State.Running}}')).toBe('true');
  expect(await ok(['ps', '-f', 'health=unhealthy', '-q', '--no-trunc'])).toContain(id);
});

test('it becomes healthy again', async () => {
  const id = await probed('test -f /ok', ['--health-retries', '1']);
  await expect.poll(() => health(id), within).toBe('unhealthy');
  await ok(['exec', id, 'touch', '/ok']);
  await expect.poll(() => health(id), within).toBe('healthy');
  expect(await inspect(id, '{{.State.Health.FailingStreak}}')).toBe('0');
});

test('a probe over its time is a failure', async () => {
  const id = await probed('sleep 60', ['--health-timeout', '300ms', '--health-retries', '1']);
  await expect.poll(() => health(id), within).toBe('unhealthy');
  const log = JSON.parse(await inspect(id, '{{json .State.Health.Log}}')) as Probe[];
  expect(log[0]).toMatchObject({
    ExitCode: -1,
    Output: expect.stringMatching(/timeout/i) as string,
  });
});

test('failures within --health-start-period do not count', async () => {
  const flags = ['--health-retries', '1', '--health-start-period', '1m'];
  const id = await probed('exit 1', flags);
  await expect
    .poll(() => inspect(id, '{{len .State.Health.Log}}').then(Number), within)
    .toBeGreaterThanOrEqual(1);
  expect(await health(id)).toBe('starting');
});

test('the log keeps the last five probes', async () => {
  const id = await probed('echo x', ['--health-interval', '50ms']);
  await expect.poll(() => inspect(id, '{{len .State.Health.Log}}'), within).toBe('5');
  const log = async (): Promise<string> => inspect(id, '{{json .State.Health.Log}}');
  const before = await log();
  await expect.poll(log, within).not.toBe(before);
  expect(await inspect(id, '{{len .State.Health.Log}}')).toBe('5');
});

test('changes of health are events', async () => {
  const id = await probed('test -f /ok', ['--health-retries', '1']);
  await expect.poll(() => health(id), within).toBe('unhealthy');
  await ok(['exec', id, 'touch', '/ok']);
  await expect.poll(() => health(id), within).toBe('healthy');
  const filters = [`container=${id}`, 'event=health_status'];
  expect(await engine.events(filters, '{{.Action}}')).toEqual([
    'health_status: unhealthy',
    'health_status: healthy',
  ]);
});

test('a stopped container is probed no more, a restarted one is starting', async () => {
  const id = await probed('test -f /ok', ['--health-retries', '1', '--health-interval', '300ms']);
  await expect.poll(() => health(id), within).toBe('unhealthy');
  await ok(['restart', '-t', '0', id]);
  expect(await health(id)).toBe('starting');
});

test('--no-healthcheck has no probe', async () => {
  const id = await engine.container(['--no-healthcheck', 'busybox', 'sleep', '600']);
  expect(await inspect(id, '{{json .Config.Healthcheck}}')).toBe('{"Test":["NONE"]}');
  expect(await ok(['ps', '-f', `id=${id}`, '--format', '{{.Status}}'])).not.toMatch(/health/);
});

test('the options are shown by inspect', async () => {
  const flags = ['--health-cmd', 'true', '--health-interval', '5s', '--health-timeout', '2s'];
  const more = ['--health-retries', '4', '--health-start-period', '1s'];
  const id = await engine.created([...flags, ...more, 'busybox', 'true']);
  expect(JSON.parse(await inspect(id, '{{json .Config.Healthcheck}}'))).toEqual({
    Test: ['CMD-SHELL', 'true'],
    Interval: 5e9,
    Timeout: 2e9,
    StartPeriod: 1e9,
    Retries: 4,
  });
});

test.each([
  ['--health-interval', '-1s'],
  ['--health-timeout', '10us'],
  ['--health-retries', '-1'],
  ['--health-interval', 'often'],
])('%s %s is refused', async (flag, value) => {
  const args = ['create', '--network', 'none', '--health-cmd', 'true', `${flag}=${value}`];
  expect((await refused([...args, 'busybox', 'true'])).stderr).not.toBe('');
});

test('--no-healthcheck with another option of health is refused', async () => {
  const args = ['create', '--no-healthcheck', '--health-cmd', 'true', 'busybox', 'true'];
  expect((await refused(args)).stderr).toMatch(/no-healthcheck conflicts/);
});
