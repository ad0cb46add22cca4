import { interleaved } from '../bench.js';
import type { Bench } from '../bench.js';
import { timed } from '../command.js';
import type { Engine } from '../engines/engine.js';

const networks = ['none', 'host'] as const;
const atOnce = 8;

/** `run --rm busybox true`, one after the other and eight at once: each command's own wall time. */
export async function measureRun(bench: Bench): Promise<void> {
  const run = (engine: Engine, network: string): Promise<number> =>
    timed(engine.command('run', '--rm', '--network', network, engine.image, 'true'), bench);
  for (const network of networks) {
    await interleaved(bench, 2, async (engine) => void (await run(engine, network)));
    const title = `\`run --rm --network ${network} busybox true\``;
    const serial = { key: `run ${network} serial`, title, unit: 'ms' } as const;
    await interleaved(bench, bench.rounds, async (engine) => {
      bench.results.add(serial, engine.name, await run(engine, network));
    });
    const parallel = {
      key: `run ${network} ${atOnce}`,
      title: `${title}, ${atOnce} at once`,
      unit: 'ms',
    } as const;
    await interleaved(bench, Math.ceil(bench.rounds / 5), async (engine) => {
      const runs = Array.from({ length: atOnce }, () => run(engine, network));
      bench.results.add(parallel, engine.name, ...(await Promise.all(runs)));
    });
  }
}
