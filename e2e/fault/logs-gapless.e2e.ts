import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { identify } from './kernel.js';
import { chooseSeed, random } from './random.js';

const engine = useEngine();
const { ok, inspect } = engine;
const deaths = 10;
const within = { timeout: 20_000 };
const moments = random(chooseSeed('logs-gapless'));

/** Ten deaths at random moments, the daemon dead for a random while; `alive` is called in each life. */
async function dieAgainAndAgain(alive: () => Promise<void> = () => Promise.resolve()) {
  for (let death = 0; death < deaths; death++) {
    await alive();
    await sleep(moments.below(150));
    await engine.daemon.kill9();
    await sleep(moments.below(150));
    await engine.daemon.start();
  }
  await alive();
}

const counting =
  'i=0; while :; do i=$((i + 1)); echo $i; [ $((i % 3)) = 0 ] && echo e$i >&2; usleep 3000; done';

function numbers(lines: readonly string[]): number[] {
  return lines.filter((line) => /^\d+$/.test(line)).map(Number);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test('both streams of a container are gapless and not doubled, over rotations too', async () => {
  const log = ['--log-opt', 'max-size=32k', '--log-opt', 'max-file=200'];
  const id = await engine.container([...log, 'busybox', 'sh', '-c', counting]);
  await dieAgainAndAgain();
  await ok(['kill', id]);
  const { stdout, stderr } = await engine.cli(['logs', id]);
  const said = numbers(stdout.trimEnd().split('\n'));
  expect(said.length).toBeGreaterThan(300);
  expect(said).toEqual(upTo(said.length));
  const complained = stderr.trimEnd().split('\n');
  const last = Math.floor(said.length / 3);
  expect(complained).toEqual(upTo(last).map((n) => `e${n * 3}`));
});

test('followers that begin again where the last one stopped miss and repeat nothing', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', counting]);
  const got: string[] = [];
  let since = '';
  await dieAgainAndAgain(async () => {
    const from = since === '' ? [] : ['--since', since];
    await using follower = engine.start(['logs', '-f', '-t', ...from, id]);
    await follower.until(/\n.*\n/);
    await sleep(moments.below(100));
    follower.kill();
    await follower.ended();
    const lines = follower.stdout.split('\n').slice(0, -1);
    // --since counts milliseconds: lines of the last one may come again, as they were.
    const before = new Set(got);
    got.push(...lines.filter((line) => !before.has(line)));
    since = lines.at(-1)?.split(' ')[0] ?? since;
  });
  const said = numbers(got.map((line) => line.split(' ')[1] ?? ''));
  expect(said.length).toBeGreaterThan(50);
  expect(said).toEqual(upTo(said.length));
}, 90_000);

interface Told {
  readonly sequence: number;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

test('restarts, probes and ends go on without the daemon, and the cursor tells all of it once', async () => {
  const restarts = await engine.container([
    ...['--restart', 'always', '--health-cmd', 'echo well', '--health-interval', '100ms'],
    ...['busybox', 'sh', '-c', 'sleep 0.3; exit 3'],
  ]);
  const ends = await engine.container(['busybox', 'sh', '-c', 'sleep 2; exit 9']);
  const pieces: Told[] = [];
  const read = async (after: number): Promise<Told[]> => {
    const until = String(Date.now() / 1000);
    const text = await ok([
      'events',
      '--after',
      String(after),
      '--until',
      until,
      '--format',
      'json',
    ]);
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Told);
  };
  await dieAgainAndAgain(async () => {
    pieces.push(...(await read(pieces.at(-1)?.sequence ?? 0)));
  });
  await expect.poll(() => inspect(ends, '{{.State.Status}}'), within).toBe('exited');
  await ok(['stop', '-t', '0', restarts]);
  pieces.push(...(await read(pieces.at(-1)?.sequence ?? 0)));

  expect(pieces).toEqual(await read(0));
  expect(pieces.map(({ sequence }) => sequence)).toEqual(upTo(pieces.length));
  const of = (id: string): Told[] => pieces.filter(({ Actor }) => Actor.ID === id);
  const lives = of(restarts).filter(({ Action }) => Action === 'start' || Action === 'die');
  expect(lives.map(({ Action }) => Action)).toEqual(
    lives.map((_, i) => (i % 2 === 0 ? 'start' : 'die')),
  );
  expect(await inspect(restarts, '{{.RestartCount}}')).toBe(String(lives.length / 2 - 1));
  expect(of(restarts).some(({ Action }) => Action === 'health_status: healthy')).toBe(true);
  const end = of(ends).filter(({ Action }) => Action === 'die');
  expect(end.map(({ Actor }) => Actor.Attributes['exitCode'])).toEqual(['9']);
  expect(await inspect(ends, '{{.State.ExitCode}}')).toBe('9');
}, 90_000);

test('an exec that ends while the daemon is dead is told with its code', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['exec', '-d', id, 'sh', '-c', 'echo $$ > /pid; sleep 1; touch /over; exit 6']);
  await engine.daemon.kill9();
  await sleep(1500);
  await engine.daemon.start();
  await ok(['exec', id, 'ls', '/over']);
  const codes = (): Promise<string[]> =>
    engine.events([`container=${id}`, 'event=exec_die'], '{{.Actor.Attributes.exitCode}}');
  await expect.poll(codes, within).toContain('6');
  expect(await identify(Number(await inspect(id, '{{.State.Pid}}')))).toBeDefined();
});
