import { beforeAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused } = engine;
/** By name. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  const run = ['run', '-d', '--network', 'none'];
  const one = ['--name', 'ps-one', '-l', 'color=red', '-l', 'kind=test'];
  ids['one'] = await ok([...run, ...one, 'busybox', 'sleep', '600']);
  const two = ['--name', 'ps-two', '-l', 'color=blue'];
  ids['two'] = await ok([...run, ...two, 'busybox', 'sh', '-c', 'exit 3']);
  await ok(['wait', 'ps-two']);
  ids['three'] = await ok(['create', '--network', 'none', '--name', 'ps-three', 'busybox', 'true']);
  ids['four'] = await ok([...run, '--name', 'ps-four', 'busybox', 'sleep', '600']);
  await ok(['pause', 'ps-four']);
});

const names = (args: readonly string[]): Promise<string> =>
  ok(['ps', '--format', '{{.Names}}', ...args]).then((text) => text.replaceAll('\n', ' '));

test('ps lists what runs, newest first', async () => {
  expect(await names([])).toBe('ps-four ps-one');
});

test('ps -a lists all', async () => {
  expect(await names(['-a'])).toBe('ps-four ps-three ps-two ps-one');
});

test('the table has the columns of docker', async () => {
  const [head = '', ...lines] = (await ok(['ps', '-a'])).split('\n');
  expect(head.split(/\s{2,}/)).toEqual([
    'CONTAINER ID',
    'IMAGE',
    'COMMAND',
    'CREATED',
    'STATUS',
    'PORTS',
    'NAMES',
  ]);
  expect(lines).toHaveLength(4);
  const starts = ['IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'].map((column) =>
    head.indexOf(column),
  );
  for (const line of lines) {
    for (const at of starts) expect(line[at - 1]).toBe(' ');
  }
  const line = lines.find((text) => text.includes('ps-two')) ?? '';
  expect(line.split(/\s{2,}/)).toEqual([
    ids['two']?.slice(0, 12),
    'busybox',
    `"sh -c 'exit 3'"`,
    expect.stringMatching(/ago$/),
    expect.stringMatching(/^Exited \(3\) .* ago$/),
    'ps-two',
  ]);
});

test('states are shown as docker words them', async () => {
  const table = await ok(['ps', '-a', '--format', '{{.Names}}|{{.State}}|{{.Status}}']);
  expect(table).toMatch(/^ps-one\|running\|Up (Less than a second|.* seconds?|About a minute)$/m);
  expect(table).toMatch(/^ps-two\|exited\|Exited \(3\) .* ago$/m);
  expect(table).toMatch(/^ps-three\|created\|Created$/m);
  expect(table).toMatch(/^ps-four\|paused\|Up .* \(Paused\)$/m);
});

test('-q prints short ids, with --no-trunc whole ones', async () => {
  expect(await ok(['ps', '-q', '-f', 'name=ps-one'])).toBe(ids['one']?.slice(0, 12));
  expect(await ok(['ps', '-q', '--no-trunc', '-f', 'name=ps-one'])).toBe(ids['one']);
});

test('-n gives the last ones, -l the last, in any state', async () => {
  expect(await names(['-n', '2'])).toBe('ps-four ps-three');
  expect(await names(['-l'])).toBe('ps-four');
});

test('--no-trunc shows long commands whole', async () => {
  const command = `echo ${'long '.repeat(10)}`;
  const id = await engine.created(['busybox', 'sh', '-c', command]);
  const short = await ok(['ps', '-a', '-f', `id=${id}`, '--format', '{{.Command}}']);
  expect(short).toMatch(/^"sh -c 'echo .{0,10}…"$/);
  const whole = await ok(['ps', '-a', '--no-trunc', '-f', `id=${id}`, '--format', '{{.Command}}']);
  expect(whole).toBe(`"sh -c '${command}'"`);
});

test.each([
  [['status=exited'], 'ps-two'],
  [['status=created'], 'ps-three'],
  [['status=paused'], 'ps-four'],
  [['status=exited', 'status=created'], 'ps-three ps-two'],
  [['name=one'], 'ps-one'],
  [['name=^ps-t'], 'ps-three ps-two'],
  [['name=^/ps-one$'], 'ps-one'],
  [['label=color'], 'ps-two ps-one'],
  [['label=color=red'], 'ps-one'],
  [['label=color', 'label=kind=test'], 'ps-one'],
  [['exited=3'], 'ps-two'],
  [['ancestor=busybox', 'status=paused'], 'ps-four'],
  [['ancestor=nothing'], ''],
  [['since=ps-two'], 'ps-four ps-three'],
  [['before=ps-two'], 'ps-one'],
  [['network=none', 'status=running'], 'ps-one'],
  [['health=none', 'status=running'], 'ps-one'],
])('-a with filters %j gives %j', async (filters, expected) => {
  expect(await names(['-a', ...filters.flatMap((filter) => ['--filter', filter])])).toBe(expected);
});

test('filter by id takes a prefix', async () => {
  expect(await names(['-a', '-f', `id=${ids['three']?.slice(0, 8)}`])).toBe('ps-three');
});

test('filter by status without -a also finds what does not run', async () => {
  expect(await names(['-f', 'status=exited'])).toBe('ps-two');
});

test.each(['nonsense=1', 'status=nonsense', 'exited=x', 'before=no-such-one', 'noequalsign'])(
  'the filter %s is refused',
  async (filter) => {
    const { stderr } = await refused(['ps', '--filter', filter]);
    expect(stderr).not.toBe('');
  },
);

test('--format prints fields, tables and JSON', async () => {
  const filter = ['-a', '-f', 'name=ps-one'];
  expect(await ok(['ps', ...filter, '--format', '{{.ID}} {{.Image}}'])).toBe(
    `${ids['one']?.slice(0, 12)} busybox`,
  );
  const table = await ok(['ps', ...filter, '--format', 'table {{.Names}}\t{{.State}}']);
  expect(table.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
    ['NAMES', 'STATE'],
    ['ps-one', 'running'],
  ]);
  const object = JSON.parse(await ok(['ps', ...filter, '--format', '{{json .}}'])) as object;
  expect(object).toMatchObject({
    ID: ids['one']?.slice(0, 12),
    Names: 'ps-one',
    Image: 'busybox',
    Command: '"sleep 600"',
    State: 'running',
    Networks: 'none',
    Ports: '',
    Mounts: '',
    Size: expect.any(String) as string,
    RunningFor: expect.stringMatching(/ago$/) as string,
  });
});

test('--format shows labels', async () => {
  const one = ['ps', '-f', 'name=ps-one', '--format'];
  expect((await ok([...one, '{{.Labels}}'])).split(',').sort()).toEqual(['color=red', 'kind=test']);
  expect(await ok([...one, '{{.Label "color"}}'])).toBe('red');
});

test('a wrong template is refused', async () => {
  expect((await refused(['ps', '--format', '{{.Names'])).stderr).toMatch(/template/i);
  expect((await refused(['ps', '--format', '{{.NoSuchField}}'])).code).toBe(1);
});

test('-s shows sizes', async () => {
  const sized = await engine.container(['busybox', 'sh', '-c', 'echo hello > /file; sleep 600']);
  const size = (): Promise<string> =>
    ok(['ps', '-s', '-f', `id=${sized}`, '--format', '{{.Size}}']);
  await expect.poll(size).toMatch(/^6B \(virtual .*MB\)$/);
});

test('ls and container ps are the same command', async () => {
  const args = ['--format', '{{.Names}}'];
  expect(await ok(['container', 'ls', ...args])).toBe(await ok(['ps', ...args]));
  expect(await ok(['container', 'ps', ...args])).toBe(await ok(['ps', ...args]));
});

test('ps takes no arguments', async () => {
  expect((await refused(['ps', 'extra'])).stderr).toMatch(/accepts no arguments/);
});
