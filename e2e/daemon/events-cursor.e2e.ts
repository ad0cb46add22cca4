import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok } = engine;

interface Told {
  readonly sequence: number;
  readonly Action: string;
  readonly Actor: { readonly ID: string };
}

async function after(sequence: number): Promise<Told[]> {
  const until = (Date.now() / 1000).toFixed(3);
  const flags = ['--after', String(sequence), '--until', until, '--format', '{{json .}}'];
  const text = await ok(['events', ...flags]);
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Told);
}

test('sequence numbers rise by one', async () => {
  await engine.created(['busybox', 'true']);
  const told = await after(0);
  expect(told.length).toBeGreaterThan(0);
  told.forEach(({ sequence }, i) => expect(sequence).toBe((told[0]?.sequence ?? 0) + i));
});

test('--after goes on where a reader has stopped, over deaths of the daemon', async () => {
  let cursor = (await after(0)).at(-1)?.sequence ?? 0;
  const ids: string[] = [];
  const seen: string[] = [];
  for (let round = 0; round < 4; round++) {
    ids.push(await engine.created(['busybox', 'true']));
    if (round % 2 === 0) await engine.daemon.kill9();
    else await engine.daemon.stop();
    await engine.daemon.start();
    for (const { sequence, Action, Actor } of await after(cursor)) {
      expect(sequence).toBe(cursor + 1);
      cursor = sequence;
      if (Action === 'create') seen.push(Actor.ID);
    }
  }
  expect(seen).toEqual(ids);
});

test('a reader that stays gets the past first, then what comes', async () => {
  const cursor = (await after(0)).at(-1)?.sequence ?? 0;
  const first = await engine.created(['busybox', 'true']);
  const format = ['--format', '{{.Action}} {{.Actor.ID}}'];
  await using session = engine.start(['events', '--after', String(cursor), ...format]);
  await session.until(`create ${first}`);
  const second = await engine.created(['busybox', 'true']);
  await session.until(`create ${second}`);
  expect(session.stdout.indexOf(first)).toBeLessThan(session.stdout.indexOf(second));
});

test('a cursor of the future is not silently taken', async () => {
  const until = (Date.now() / 1000 + 1).toFixed(3);
  const { stdout } = await engine.cli(['events', '--after', '999999999', '--until', until]);
  expect(stdout).toBe('');
});

test('what happens while the daemon is dead is told once', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'sleep 0.3; exit 3']);
  const cursor = (await after(0)).at(-1)?.sequence ?? 0;
  await engine.daemon.kill9();
  await new Promise((resolve) => setTimeout(resolve, 800));
  await engine.daemon.start();
  await engine.daemon.restart();
  const deaths = (await after(cursor)).filter(
    ({ Action, Actor }) => Action === 'die' && Actor.ID === id,
  );
  expect(deaths).toHaveLength(1);
});
