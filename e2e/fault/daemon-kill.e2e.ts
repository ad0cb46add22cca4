import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { Client, type Told } from './client.js';
import { identify, isAlive, running, type Identity } from './kernel.js';
import { chooseSeed, random } from './random.js';

const deaths = 50;
const clients = 4;
/** From an answering daemon to its death. */
const longestLifeMs = 900;
/** Deaths end early on a slow machine rather than the test. */
const limitMs = 90_000;

const engine = useEngine();
const { ok } = engine;

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

async function listed(): Promise<Listed[]> {
  const format = '{{.ID}} {{.Names}} {{.State}}';
  const text = await ok(['ps', '-a', '--no-trunc', '--format', format]);
  return text.split('\n').flatMap((line) => {
    const [id = '', name = '', state = ''] = line.split(' ');
    return id === '' ? [] : [{ id, name, state }];
  });
}

async function isWell({ runs, identity }: Told): Promise<boolean> {
  return runs !== 'yes' || identity === undefined || isAlive(identity);
}

async function bystander(name: string): Promise<Identity> {
  const id = await engine.container(['--name', name, 'busybox', 'sleep', '600']);
  const found = await identify(Number(await engine.inspect(id, '{{.State.Pid}}')));
  expect(found).toBeDefined();
  return found as Identity;
}

test(
  'a daemon that is killed again and again under load keeps its word',
  { timeout: 180_000 },
  async () => {
    const seed = chooseSeed('daemon-kill');
    const moments = random(seed);
    const bystanders = await Promise.all(['by-1', 'by-2'].map(bystander));
    let answering = Promise.withResolvers<void>();
    answering.resolve();
    const workers = Array.from(
      { length: clients },
      (_, n) => new Client(engine, `c${n}`, random(seed + n + 1), () => answering.promise),
    );
    const over = new AbortController();
    const work = Promise.all(workers.map((worker) => worker.work(over.signal)));
    const stopped = new Set<string>();
    const begin = performance.now();
    let died = 0;
    for (; died < deaths && performance.now() - begin < limitMs; died++) {
      await sleep(moments.below(longestLifeMs));
      answering = Promise.withResolvers();
      await engine.daemon.kill9();
      for (const each of workers.flatMap(({ told }) => told))
        if (!(await isWell(each))) stopped.add(`${each.name}: ${each.history.join(', ')}`);
      await engine.daemon.start();
      answering.resolve();
    }
    over.abort();
    await work;

    const told = workers.flatMap((worker) => worker.told);
    const done = workers.reduce((sum, { calls }) => sum + calls.done, 0);
    const lost = workers.reduce((sum, { calls }) => sum + calls.lost, 0);
    process.stdout.write(
      `${died} deaths, ${told.length} containers, ${done} calls, ${lost} lost\n`,
    );
    expect(workers.flatMap(({ calls }) => calls.refused)).toEqual([]);
    expect([...stopped]).toEqual([]);
    expect(await Promise.all(bystanders.map(isAlive))).toEqual([true, true]);
    expect(died).toBeGreaterThanOrEqual(deaths / 2);

    // Answers to calls that were still under way are in the records now.
    await expect.poll(() => wrongs(told), { timeout: 10_000 }).toEqual([]);
    await expect.poll(orphans, { timeout: 10_000 }).toEqual([]);
    const errors = (await engine.daemon.log()).split('\n').filter((line) => / error /.test(line));
    expect(errors).toEqual([]);
  },
);

/** Where what a client was told and what is differ. */
async function wrongs(told: readonly Told[]): Promise<string[]> {
  const states = new Map((await listed()).map(({ name, state }) => [name, state]));
  const found: string[] = [];
  for (const one of told) {
    const state = states.get(one.name);
    if (one.exists === 'yes' && state === undefined) found.push(`${one.name} is missing`);
    if (one.exists === 'no' && state !== undefined) found.push(`${one.name} is back: ${state}`);
    if (one.exists !== 'yes' || state === undefined) continue;
    if (one.runs === 'yes' && state !== 'running') found.push(`${one.name} is ${state}, ran`);
    if (one.runs === 'no' && state === 'running') found.push(`${one.name} runs, was ended`);
    if (!(await isWell(one))) found.push(`${one.name} has another process, or none`);
  }
  return found;
}

/** Shims and processes of containers without a record that says that they run. */
async function orphans(): Promise<string[]> {
  const live = new Set(
    (await listed()).filter(({ state }) => state === 'running').map(({ id }) => id),
  );
  const { shims, processes } = await running(engine.daemon);
  return [
    ...[...shims].filter(([id]) => id !== '' && !live.has(id)).map(([id]) => `shim of ${id}`),
    ...[...processes.keys()].filter((id) => !live.has(id)).map((id) => `processes of ${id}`),
  ];
}
