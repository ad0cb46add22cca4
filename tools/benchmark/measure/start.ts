import { interleaved } from '../bench.js';
import type { Bench } from '../bench.js';
import { timed } from '../command.js';

const series = {
  key: 'start',
  title: 'start of a created container, one API call: request in to process running',
  unit: 'ms',
} as const;

/** The engine's own time, without a command line; podman has no engine to call. */
export async function measureStart(bench: Bench): Promise<void> {
  const container = 'bench-start';
  const create = ['--network', 'none', '--name', container];
  await interleaved(bench, bench.rounds + 2, async ({ name, daemon, command, image }, round) => {
    if (daemon === undefined) return;
    await timed(command('create', ...create, image, 'sleep', '100000'), bench);
    const before = performance.now();
    await daemon.startContainer(container, bench);
    const duration = performance.now() - before;
    if (round >= 2) bench.results.add(series, name, duration);
    await timed(command('rm', '-f', container), bench);
  });
}
