import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, refused, run } = engine;

/** A volume that goes with the test. */
async function volume(name: string, ...flags: readonly string[]): Promise<string> {
  const made = await ok(['volume', 'create', ...flags, name]);
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', name])));
  return made;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const names = async (...filters: readonly string[]): Promise<string[]> =>
  lines(await ok(['volume', 'ls', '-q', ...filters]));

test('create prints the name; one without a name has 64 digits', async () => {
  expect(await volume('named')).toBe('named');
  const anonymous = await ok(['volume', 'create']);
  onTestFinished(async () => void (await cli(['volume', 'rm', anonymous])));
  expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
  expect(await names()).toEqual(expect.arrayContaining(['named', anonymous]));
});

test('create of one that exists gives the same volume', async () => {
  await volume('same', '--label', 'a=b');
  await run(['-v', 'same:/d', 'busybox', 'touch', '/d/kept']);
  expect(await ok(['volume', 'create', 'same'])).toBe('same');
  expect((await run(['-v', 'same:/d', 'busybox', 'ls', '/d'])).stdout).toBe('kept\n');
  expect(await ok(['volume', 'inspect', '-f', '{{.Labels}}', 'same'])).toBe('map[a:b]');
});

test('inspect has docker’s fields', async () => {
  await volume('seen', '--label', 'a=b');
  const [found] = JSON.parse(await ok(['volume', 'inspect', 'seen'])) as Record<string, unknown>[];
  expect(found).toMatchObject({
    Name: 'seen',
    Driver: 'local',
    Scope: 'local',
    Labels: { a: 'b' },
  });
  expect(found?.['Mountpoint']).toMatch(/^\/.*seen\/_data$/);
  expect(found?.['CreatedAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/);
  expect(await ok(['inspect', '--type', 'volume', '-f', '{{.Name}}', 'seen'])).toBe('seen');
});

test('the table of ls has its columns', async () => {
  await volume('listed');
  const [head, ...rows] = lines(await ok(['volume', 'ls']));
  expect(head).toMatch(/^DRIVER +VOLUME NAME$/);
  expect(rows.some((row) => /^local +listed$/.test(row))).toBe(true);
  const format = ['--format', '{{.Name}}|{{.Driver}}|{{.Scope}}|{{.Size}}', '-f', 'name=listed'];
  expect(await ok(['volume', 'ls', ...format.slice(0, 1), 'x{{.Name}}', '-f', 'name=listed'])).toBe(
    'xlisted',
  );
  expect((await ok(['volume', 'ls', ...format])).split('|').slice(0, 3)).toEqual([
    'listed',
    'local',
    'local',
  ]);
});

test('ls filters by name, label, driver and use', async () => {
  await volume('filter-a', '--label', 'team=x');
  await volume('filter-b');
  await engine.container(['-v', 'filter-b:/d', 'busybox', 'sleep', '1000']);
  expect(await names('-f', 'label=team=x')).toEqual(['filter-a']);
  expect(await names('-f', 'label=team')).toEqual(['filter-a']);
  expect(await names('-f', 'name=filter-')).toEqual(['filter-a', 'filter-b']);
  expect(await names('-f', 'name=filter-', '-f', 'dangling=true')).toEqual(['filter-a']);
  expect(await names('-f', 'name=filter-', '-f', 'dangling=false')).toEqual(['filter-b']);
  expect(await names('-f', 'driver=nosuch')).toEqual([]);
  expect((await refused(['volume', 'ls', '-f', 'foo=bar'])).code).toBe(1);
});

test('a volume in use is not removed, and says who uses it', async () => {
  await volume('used');
  const id = await engine.created(['-v', 'used:/d', 'busybox', 'true']);
  const { code, stderr } = await refused(['volume', 'rm', 'used']);
  expect(code).toBe(1);
  expect(stderr).toContain('volume is in use');
  expect(stderr).toContain(id.slice(0, 12));
  await ok(['rm', id]);
  expect(await ok(['volume', 'rm', 'used'])).toBe('used');
});

test('rm of one that is missing is refused, with -f it is not', async () => {
  await volume('there');
  const { code, stdout } = await cli(['volume', 'rm', 'no-such-volume', 'there']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'there\n' });
  expect(await ok(['volume', 'rm', '-f', 'no-such-volume'])).toBe('no-such-volume');
  expect((await refused(['volume', 'inspect', 'no-such-volume'])).code).toBe(1);
});

test.each([
  [['a b'], 'includes invalid characters for a local volume name'],
  [['../x'], 'includes invalid characters for a local volume name'],
  [['--name', 'a', 'bb'], 'conflicting options'],
  [['--driver', 'no-such-driver', 'cc'], 'no-such-driver'],
])('volume create %j is refused', async (args, why) => {
  const { stderr } = await refused(['volume', 'create', ...args]);
  expect(stderr).toContain(why);
});

test('ps shows and filters by volumes', async () => {
  await volume('mine');
  const id = await engine.container(['-v', 'mine:/d', 'busybox', 'sleep', '1000']);
  const found = async (filter: string): Promise<string[]> =>
    lines(await ok(['ps', '-q', '--no-trunc', '--filter', filter]));
  expect(await found('volume=mine')).toEqual([id]);
  expect(await found('volume=/d')).toEqual([id]);
  expect(await found('volume=other')).toEqual([]);
  expect(
    await ok(['ps', '--filter', 'volume=mine', '--format', '{{.Mounts}}|{{.LocalVolumes}}']),
  ).toBe('mine|1');
});

test('inspect has binds, anonymous volumes and mounts where docker has them', async () => {
  await volume('bound');
  const id = await engine.created([
    ...['-v', 'bound:/bound:ro', '-v', '/anonymous'],
    ...['--mount', 'type=volume,src=bound,dst=/mounted,volume-label=a=b'],
    ...['busybox', 'true'],
  ]);
  const [found] = JSON.parse(await ok(['inspect', id])) as object[];
  expect(found).toMatchObject({
    HostConfig: {
      Binds: ['bound:/bound:ro'],
      Mounts: [
        {
          Type: 'volume',
          Source: 'bound',
          Target: '/mounted',
          VolumeOptions: { Labels: { a: 'b' } },
        },
      ],
    },
    Config: { Volumes: { '/anonymous': {} } },
  });
  const { Mounts } = found as { Mounts: { Destination: string; RW: boolean; Type: string }[] };
  const rows = Mounts.map(({ Destination, RW, Type }) => `${Type} ${Destination} ${RW}`).sort();
  expect(rows).toEqual(['volume /anonymous true', 'volume /bound false', 'volume /mounted true']);
});

test('prune asks, and says what went', async () => {
  const anonymous = await ok(['volume', 'create']);
  expect((await cli(['volume', 'prune'], { stdin: 'n\n' })).stdout).toContain('WARNING!');
  expect(await names()).toContain(anonymous);
  const out = await ok(['volume', 'prune', '-f']);
  expect(out).toContain(`Deleted Volumes:\n${anonymous}`);
  expect(out).toMatch(/Total reclaimed space: \d/);
  expect(await names()).not.toContain(anonymous);
});
