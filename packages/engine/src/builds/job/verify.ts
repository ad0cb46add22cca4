import { setTimeout } from 'node:timers/promises';
import type { BuildsContext, Job } from '../context.js';
import type { OpResult } from '../executor.js';
import type { FileChange } from '../../layers/ports.js';
import type { Solved, SolveWatcher } from '../solve/solve.js';
import { solve } from '../solve/solve.js';
import type { SolvedBuild } from './build-image.js';
import { inStep } from './in-step.js';

/** What differs is named, up to so many paths. */
const maxPaths = 100;

/** Clocks that are read to the second tell another time. */
const laterMs = 1100;

const otherHostname = 'anothersandbox';

/**
 * Executes all of a build a second time and tells what has come out otherwise: later, on a host of another name, in another order, one
 * step after the other and nothing from the cache.
 */
export async function verifyBuild(
  context: BuildsContext,
  job: Job,
  build: SolvedBuild,
): Promise<void> {
  const { signal, frames, recorder } = job;
  await inStep(recorder, '[internal] build again and compare', async (report) => {
    await setTimeout(laterMs, undefined, { signal });
    const again = await solve(
      context.solving,
      {
        ...build.request,
        context: { ...build.request.context, hostname: otherHostname },
        parallelism: 1,
        apart: ' again',
        watcher: { ...silent, report: () => report },
      },
      { signal },
    );
    const differences = await compare(context, build, again, job);
    frames.push({ kind: 'verified', same: differences.length === 0, differences });
  });
}

/** Of each step that has begun to differ what does; those that only follow from it are not told. */
async function compare(
  context: BuildsContext,
  build: SolvedBuild,
  again: Solved,
  { signal }: Job,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const node of firstDifferences(build, again)) {
    const name = build.request.descriptions[node]?.name ?? '';
    const results = [build.solved.result(node), again.result(node)] as const;
    const texts = await differences(context, results, { signal });
    found.push(...texts.map((text) => (name === '' ? text : `${name}: ${text}`)));
  }
  return found.slice(0, maxPaths);
}

/** Nodes whose results differ although what they were made of does not, among those by which a target differs. */
function firstDifferences({ plans, graph, solved }: SolvedBuild, again: Solved): readonly number[] {
  const differs = (node: number): boolean =>
    identity(solved.result(node)) !== identity(again.result(node));
  const seen = new Set<number>();
  const first: number[] = [];
  const waiting = plans.flatMap(({ plan }, at) => graph.find(at, plan.target.result) ?? []);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node) || !differs(node)) continue;
    seen.add(node);
    const reasons = (graph.nodes[node]?.inputs ?? []).filter(differs);
    if (reasons.length === 0) first.push(node);
    waiting.push(...reasons);
  }
  return first.sort((a, b) => a - b);
}

async function differences(
  { layers, pack }: BuildsContext,
  [one, other]: readonly [OpResult, OpResult],
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (one.kind !== 'layers' || other.kind !== 'layers') return ['it gave other files'];
  const request = {
    from: layers.directories(one.diffIds),
    to: layers.directories(other.diffIds),
    ...{ times: true, details: true },
  };
  const changes = await pack.compareTrees(request, options);
  const texts = changes.flatMap((change) => textOf(change) ?? []);
  return texts.length > 0 ? texts : ['/ (times of directories)'];
}

/** Undefined for a directory that differs in what is in it alone. */
function textOf({ kind, path, differs = [] }: FileChange): string | undefined {
  const name = Buffer.from(path).toString();
  if (kind === 'added') return `${name} (only in the second build)`;
  if (kind === 'deleted') return `${name} (only in the first build)`;
  return differs.length === 0 ? undefined : `${name} (${differs.join(', ')})`;
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
