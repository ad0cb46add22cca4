import type { OpId } from '@wharf/dockerfile';
import type { BuildsContext, Job } from '../context.js';
import type { OpResult } from '../executor.js';
import type { Solved, SolveWatcher } from '../solve/solve.js';
import { solve } from '../solve/solve.js';
import type { SolvedBuild } from './build-image.js';
import { inStep } from './in-step.js';

/** What differs is named, up to so many paths. */
const maxPaths = 100;

/** Executes all of a build a second time, one step after the other and nothing from the cache, and tells what has come out otherwise. */
export async function verifyBuild(
  context: BuildsContext,
  job: Job,
  build: SolvedBuild,
): Promise<void> {
  const { signal, frames, recorder } = job;
  await inStep(recorder, '[internal] build again and compare', async (report) => {
    const watcher: SolveWatcher = { ...silent, report: () => report };
    const request = { ...build.request, parallelism: 1, apart: ' again', watcher };
    const again = await solve(context.solving, request, { signal });
    const differences = await compare(context, build, again, job);
    frames.push({ kind: 'verified', same: differences.length === 0, differences });
  });
}

async function compare(
  { layers, pack }: BuildsContext,
  { plans, graph, solved }: SolvedBuild,
  again: Solved,
  { signal }: Job,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const [at, { plan }] of plans.entries()) {
    const target: OpId = plan.target.result;
    const node = graph.find(at, target);
    if (node === undefined) continue;
    const [one, other] = [solved.result(node), again.result(node)];
    if (identity(one) === identity(other)) continue;
    if (one.kind !== 'layers' || other.kind !== 'layers') continue;
    const request = {
      from: layers.directories(one.diffIds),
      to: layers.directories(other.diffIds),
      times: true,
    };
    for (const { path } of await pack.compareTrees(request, { signal }))
      found.add(Buffer.from(path).toString());
    if (found.size === 0) found.add('/');
  }
  return [...found].slice(0, maxPaths);
}

function identity(result: OpResult): string {
  return result.kind === 'tree' ? result.digest : result.diffIds.join(' ');
}

const silent: Omit<SolveWatcher, 'report'> = {
  started: () => undefined,
  done: () => undefined,
  failed: () => undefined,
  cancelled: () => undefined,
};
