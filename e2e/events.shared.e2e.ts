import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { useEngine } from './support.js';

const engine = useEngine();
const { ok, refused, events } = engine;

/** Another engine may remember earlier runs of this file. */
const unique = randomBytes(4).toString('hex');

const actions = (id: string, filters: readonly string[] = []): Promise<string[]> =>
  events([`container=${id}`, ...filters], '{{.Action}}');

test('the life of a container is told in order', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['pause', id]);
  await ok(['unpause', id]);
  await ok(['rename', id, 'renamed']);
  await ok(['stop', '-t', '0', id]);
  await ok(['rm', id]);
  const order = ['create', 'start', 'pause', 'unpause', 'rename', 'kill', 'die', 'stop', 'destroy'];
  const told = (await actions(id)).filter((action) => order.includes(action));
  // A stop may take several signals.
  expect([...new Set(told)]).toEqual(order);
});

test('an exec is told', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['exec', id, 'true']);
  await expect.poll(() => actions(id)).toContain('exec_die');
  const told = await actions(id);
  expect(told.some((action) => action.startsWith('exec_create: true'))).toBe(true);
  expect(told.some((action) => action.startsWith('exec_start: true'))).toBe(true);
});

test('events come while they happen', async () => {
  const format = ['--format', '{{.Action}} {{.Actor.Attributes.name}}'];
  await using session = engine.start(['events', ...format]);
  // Nothing tells that the stream is open: an event does.
  const probe = await engine.created(['busybox', 'true']);
  await expect
    .poll(async () => {
      await ok(['rename', probe, `p${Math.random().toString(36).slice(2)}`]);
      return session.stdout;
    })
    .not.toBe('');
  await engine.container(['--name', 'watched', 'busybox', 'true']);
  await session.until(/^create watched$/m);
  await session.until(/^start watched$/m);
  await session.until(/^die watched$/m);
  session.kill('SIGINT');
  await session.ended();
});

test('the line of an event has time, kind, action, id and attributes', async () => {
  const id = await engine.created(['--name', 'lined', '-l', 'color=red', 'busybox', 'true']);
  const until = (Date.now() / 1000).toFixed(3);
  const flags = ['--filter', `container=${id}`, '--filter', 'event=create'];
  const line = await ok(['events', '--since', '1h', '--until', until, ...flags]);
  expect(line).toMatch(new RegExp(String.raw`^\d{4}-\d\d-\d\dT\S+ container create ${id} \(.*\)$`));
  for (const attribute of ['image=busybox', 'name=lined', 'color=red']) {
    expect(line).toContain(attribute);
  }
});

test('an end tells its code, a kill its signal', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'exit 7']);
  await ok(['wait', id]);
  const code = '{{.Actor.Attributes.exitCode}}';
  expect(await events([`container=${id}`, 'event=die'], code)).toEqual(['7']);
  const killed = await engine.container(['busybox', 'sleep', '600']);
  await ok(['kill', killed]);
  const signal = '{{.Actor.Attributes.signal}}';
  expect(await events([`container=${killed}`, 'event=kill'], signal)).toEqual(['9']);
});

test('{{json .}} has the fields that scripts read', async () => {
  const id = await engine.created(['busybox', 'true']);
  const [line = ''] = await events([`container=${id}`], '{{json .}}');
  expect(JSON.parse(line)).toMatchObject({
    Type: 'container',
    Action: 'create',
    Actor: { ID: id, Attributes: { image: 'busybox' } },
    time: expect.any(Number) as number,
    timeNano: expect.any(Number) as number,
    status: 'create',
    id,
    from: 'busybox',
    scope: 'local',
  });
});

test('filters of one kind are alternatives, of several kinds conditions', async () => {
  const id = await engine.container(['-l', 'group=a', 'busybox', 'true']);
  await ok(['wait', id]);
  expect(await actions(id, ['event=create', 'event=die'])).toEqual(['create', 'die']);
  expect(await actions(id, ['type=image'])).toEqual([]);
  expect(await actions(id, ['label=group=b'])).toEqual([]);
  expect((await actions(id, ['label=group'])).length).toBeGreaterThan(2);
  expect((await actions(id, ['image=busybox', 'type=container'])).length).toBeGreaterThan(2);
});

test('the container filter takes names', async () => {
  await engine.created(['--name', `by-name-${unique}`, 'busybox', 'true']);
  expect(await actions(`by-name-${unique}`)).toEqual(['create']);
});

test('--since and --until cut at times', async () => {
  const label = ['-l', `cut=${unique}`, 'busybox', 'true'];
  const first = await engine.created(label);
  const [at = ''] = await events([`container=${first}`], '{{.TimeNano}}');
  const nano = BigInt(at);
  const seconds = (time: bigint): string =>
    `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
  const second = await engine.created(label);
  const list = ['events', '--filter', `label=cut=${unique}`, '--format', '{{.Actor.ID}}'];
  const until = ['--until', (Date.now() / 1000).toFixed(3)];
  expect(await ok([...list, ...until, '--since', seconds(nano)])).toBe(`${first}\n${second}`);
  expect(await ok([...list, ...until, '--since', seconds(nano + 1_000_000n)])).toBe(second);
  expect(await ok([...list, '--since', '1h', '--until', seconds(nano)])).toBe(first);
});

test('--until in the future ends the stream then', async () => {
  const end = Date.now() + 1500;
  await ok(['events', '--until', (end / 1000).toFixed(3)]);
  expect(Date.now()).toBeGreaterThanOrEqual(end - 50);
  expect(Date.now()).toBeLessThan(end + 8000);
});

test.each([
  ['--since', 'x'],
  ['--filter', 'nonsense'],
])('%s %s is refused', async (flag, value) => {
  expect((await refused(['events', '--until', '0s', flag, value])).stderr).not.toBe('');
});

test('system events is the same command', async () => {
  const id = await engine.created(['busybox', 'true']);
  const flags = ['--since', '1h', '--until', (Date.now() / 1000).toFixed(3)];
  const format = ['--filter', `container=${id}`, '--format', '{{.Action}}'];
  expect(await ok(['system', 'events', ...flags, ...format])).toBe('create');
});
