import { totalPss } from '../processes.js';
import { counted } from '../report.js';
import type { Bench } from '../bench.js';

const settleMilliseconds = 4000;

/** Before any container: what an idle machine pays. */
export async function measureIdle(bench: Bench): Promise<void> {
  await measureMemory(bench, 0);
}

/** Pss of the daemon and, where containers run, of one shim (wharf keeps an idle one in reserve), when all have been quiet for a while. */
export async function measureMemory(bench: Bench, containers: number): Promise<void> {
  await Bun.sleep(settleMilliseconds);
  for (const engine of bench.engines) {
    const { daemon, shims } = await engine.processes();
    if (daemon.length > 0) {
      const title = `memory of the daemon, ${counted(containers)}`;
      const series = { key: `daemon Pss ${containers}`, title, unit: 'MB' } as const;
      bench.results.add(series, engine.name, await totalPss(daemon));
    }
    if (containers > 0 && shims.length > 0) {
      const title = `memory of a container's shim, ${counted(containers)}`;
      const series = { key: `shim Pss ${containers}`, title, unit: 'MB' } as const;
      bench.results.add(series, engine.name, (await totalPss(shims)) / shims.length);
    }
  }
}
