import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { interleaved } from '../../bench.js';
import type { Bench } from '../../bench.js';
import { measuredTime, timed } from '../../command.js';
import { measuredPeak } from '../../processes.js';
import { buildersOf } from './builders.js';
import type { Builder } from './builders.js';
import { largeFile, manyFiles, parallelStages, severalSteps, stages } from './contexts.js';
import { Faster } from './faster.js';

interface BuildBench extends Bench {
  readonly builders: readonly Builder[];
  /** For contexts. */
  readonly folder: string;
}

/** `build -q` against docker's two builders, of which the faster counts, and podman's. */
export async function measureBuilds(bench: Bench): Promise<void> {
  await using folder = await tempDir('wharf-bench-builds-');
  const builders = buildersOf(bench.engines);
  const all = { ...bench, builders, folder: folder.path };
  await measureSteps(all);
  await measureChanged(all);
  await measureStages(all);
  await measureMemory(all);
}

async function each(
  { builders, signal }: BuildBench,
  rounds: number,
  work: (builder: Builder, round: number) => Promise<void>,
): Promise<void> {
  await interleaved({ engines: builders, signal }, rounds, work);
}

/** Each builder has contexts of its own: what one has read is not in the kernel's memory for the next. */
function place({ folder, builders }: BuildBench, name: string, builder: Builder): string {
  return join(folder, `${name}-${builders.indexOf(builder)}`);
}

/** All steps anew, with a context that was never seen; then the same again. */
async function measureSteps(bench: BuildBench): Promise<void> {
  const [cold, cached] = [new Faster(), new Faster()];
  const rounds = Math.max(3, Math.ceil(bench.rounds / 5));
  await each(bench, rounds + 1, async (builder, round) => {
    const context = place(bench, `steps-${round}`, builder);
    await severalSteps(context);
    const command = builder.build('bench-steps', context);
    const first = await timed(command, bench);
    if (round > 0) cold.add(builder, first);
    for (let again = 0; again < 2; again += 1) {
      const second = await timed(command, bench);
      if (round > 0) cached.add(builder, second);
    }
  });
  cold.tell(bench, {
    key: 'build cold',
    title: '`build` of 4 RUN and 2 COPY, 4 MB in 40 files, nothing cached',
    unit: 'ms',
  });
  cached.tell(bench, {
    key: 'build cached',
    title: 'the same again, everything cached',
    unit: 'ms',
  });
}

async function measureChanged(bench: BuildBench): Promise<void> {
  const changed = new Faster();
  for (const builder of bench.builders) await manyFiles(place(bench, 'many', builder));
  await each(bench, Math.max(2, Math.ceil(bench.rounds / 10)) + 1, async (builder, round) => {
    const context = place(bench, 'many', builder);
    await writeFile(join(context, 'part-50', 'file-50.ts'), `${round}\n`);
    const taken = await timed(builder.build('bench-many', context), bench);
    if (round >= 1) changed.add(builder, taken);
  });
  changed.tell(bench, {
    key: 'build changed',
    title: '`build` of COPY and RUN, one of 10,000 files changed',
    unit: 'ms',
  });
}

async function measureStages(bench: BuildBench): Promise<void> {
  const parallel = new Faster();
  const context = join(bench.folder, 'stages');
  await parallelStages(context);
  await each(bench, Math.max(2, Math.ceil(bench.rounds / 10)) + 1, async (builder, round) => {
    const command = builder.build('bench-stages', context, '--build-arg', `ROUND=${round}`);
    const taken = await timed(command, bench);
    if (round >= 1) parallel.add(builder, taken);
  });
  parallel.tell(bench, {
    key: 'build stages',
    title: `\`build\` of ${stages} stages that wait half a second each, and 10 COPY`,
    unit: 'ms',
  });
}

async function measureMemory(bench: BuildBench): Promise<void> {
  const million = 1_000_000;
  const bytes = (bench.quick ? 250 : 1000) * million;
  const context = join(bench.folder, 'large');
  await largeFile(context, bytes);
  const [daemon, command, time] = [new Faster(), new Faster(), new Faster()];
  await each(bench, 1, async (builder) => {
    const build = builder.build('bench-large', context);
    const { value, grownMB } = await measuredPeak(builder.engine, () => measuredTime(build, bench));
    if (grownMB !== undefined) daemon.add(builder, grownMB);
    command.add(builder, value.peakMB);
    time.add(builder, value.milliseconds);
  });
  const subject = `\`build\` of COPY of ${bytes / million} MB`;
  time.tell(bench, { key: 'build large', title: subject, unit: 'ms' });
  const head = { unit: 'MB' } as const;
  daemon.tell(bench, {
    ...head,
    key: 'build peak',
    title: `growth of the daemon's memory at its peak, ${subject}`,
  });
  command.tell(bench, {
    ...head,
    key: 'build command peak',
    title: `memory of the command at its peak, ${subject}`,
  });
}
