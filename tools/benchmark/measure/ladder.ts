import { InternalError } from '@wharf/core';
import { interleaved, longRounds } from '../bench.js';
import type { Bench } from '../bench.js';
import { output, timed } from '../command.js';
import { removeContainers } from '../engines/cleanup.js';
import type { Engine } from '../engines/engine.js';
import { inParallel } from '../parallel.js';
import { counted } from '../report.js';
import { measureMemory } from './memory.js';

/** At each of so many running containers: `ps` and memory; at the last, the daemon's restart. */
export async function measureLadder(bench: Bench): Promise<void> {
  const steps = bench.quick ? [1, 20] : [1, 20, 50, 100];
  let running = 0;
  for (const step of steps) {
    for (const engine of bench.engines) await runContainers(bench, engine, running, step);
    running = step;
    await measureMemory(bench, running);
    if (running !== 50) await measurePs(bench, running);
  }
  await measureRestart(bench, running);
  for (const engine of bench.engines) await removeContainers(engine, bench);
}

async function runContainers(
  { signal }: Bench,
  { command, image }: Engine,
  from: number,
  to: number,
): Promise<void> {
  const names = Array.from({ length: to - from }, (_, index) => `bench-${from + index}`);
  const run = (name: string) =>
    command('run', '-d', '--network', 'none', '--name', name, image, 'sleep', '100000');
  await inParallel(4, names, (name) => timed(run(name), { signal }));
}

async function measurePs(bench: Bench, containers: number): Promise<void> {
  const title = `\`ps\`, ${counted(containers)}`;
  const series = { key: `ps ${containers}`, title, unit: 'ms' } as const;
  await interleaved(bench, bench.rounds + 2, async ({ name, command }, round) => {
    const duration = await timed(command('ps'), bench);
    if (round >= 2) bench.results.add(series, name, duration);
  });
}

async function measureRestart(bench: Bench, containers: number): Promise<void> {
  const title = `start of the daemon to its first answer, ${containers} running containers`;
  const series = { key: `restart ${containers}`, title, unit: 'ms' } as const;
  await interleaved(bench, longRounds(bench), async (engine) => {
    if (engine.daemon === undefined) return;
    bench.results.add(series, engine.name, await engine.daemon.restart(bench));
    const ids = (await output(engine.command('ps', '-q'), bench)).split('\n').filter(Boolean);
    if (ids.length === containers) return;
    throw new InternalError(`${engine.name}: ${ids.length} of ${containers} containers survived`);
  });
}
