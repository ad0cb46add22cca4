import { CancelledError, InternalError, type BuildOutput } from '@wharf/core';
import { formatPlatform } from '@wharf/oci';
import type { BuildFacts } from '../attest/facts.js';
import { provenanceMetadata } from '../attest/metadata.js';
import type { BuildsContext, Job } from '../context.js';
import type { Exported, SolvedPlan } from '../outputs.js';
import type { SolvedBuild } from './build-image.js';
import { inStep } from './in-step.js';

export type ExportedBuild = SolvedBuild & {
  readonly epochSeconds: number;
  readonly createdAt: Date;
  readonly sources: BuildFacts['sources'];
};

/** Makes what the spec asks for, as fast as it is read. */
export async function exportBuild(
  context: BuildsContext,
  job: Job,
  build: ExportedBuild,
): Promise<Exported> {
  const { spec, id: buildId, signal } = job;
  const { epochSeconds } = build;
  const solved = build.plans.map((_, at) => solvedPlan(build, at));
  const facts = factsOf(context, job, build);
  const { metadata, ...exported } = await exportSolved(context, job, { ...build, solved, facts });
  const told = solved.map((one) => ({ buildId, spec, solved: one, epochSeconds, facts }));
  return { ...exported, metadata: { ...metadata, ...(await provenanceMetadata(told, signal)) } };
}

function factsOf(
  { now, buildPlatform }: BuildsContext,
  { startedAt, pins }: Job,
  { sources }: ExportedBuild,
): BuildFacts {
  const finishedAt = new Date(now());
  return { startedAt, finishedAt, builderPlatform: buildPlatform, sources, used: pins.used };
}

interface Exporting extends Omit<ExportedBuild, 'solved'> {
  readonly solved: readonly SolvedPlan[];
  readonly facts: BuildFacts;
}

async function exportSolved(
  { outputs }: BuildsContext,
  job: Job,
  build: Exporting,
): Promise<Exported> {
  const { spec, recorder, frames, signal, claim, id: buildId } = job;
  if (spec.outputs.length === 0 && spec.cacheTo.length === 0) return { metadata: {} };
  const { solved, facts } = build;
  const results = solved.map((one) =>
    build.graph.find(solved.indexOf(one), one.plan.target.result),
  );
  const inputs = results.flatMap((node) => build.steps[node ?? -1] ?? []);
  const work = async (report: ReturnType<typeof recorder.report>): Promise<Exported> => {
    const { epochSeconds, createdAt, staged } = build;
    const exporting = outputs.export({
      ...(staged === undefined ? {} : { staged }),
      ...{ buildId, spec, solved, epochSeconds, createdAt, facts, report, signal },
      hold: (digests) => claim.hold(digests, { signal }),
    });
    try {
      for (;;) {
        const next = await exporting.next();
        if (next.done === true) return next.value;
        await frames.output(next.value, signal);
      }
    } finally {
      await exporting.return({ metadata: {} });
    }
  };
  const exported = await inStep(recorder, exportName(spec.outputs), work, inputs);
  if (signal.aborted) throw new CancelledError('the build was cancelled', { cause: signal.reason });
  return exported;
}

function solvedPlan({ plans, graph, solved }: SolvedBuild, at: number): SolvedPlan {
  const one = plans[at];
  if (one === undefined) throw new InternalError(`there is no plan ${at}`);
  const node = (op: number): number => {
    const found = graph.find(at, op);
    if (found !== undefined) return found;
    throw new InternalError(`operation ${op} for ${formatPlatform(one.platform)} was not needed`);
  };
  const { base } = one.plan.target;
  return {
    ...one,
    result: (op) => solved.result(node(op)),
    key: (op) => solved.key(node(op)),
    step(op) {
      const found = graph.find(at, op);
      return found === undefined ? undefined : solved.step(found);
    },
    ...(base === undefined ? {} : { base }),
  };
}

function exportName(outputs: readonly BuildOutput[]): string {
  const kinds = [...new Set(outputs.map(({ kind }) => kind))];
  if (kinds.length === 0) return 'exporting cache';
  const words = kinds.map((kind) =>
    kind === 'oci' || kind === 'docker' ? `${kind} archive` : kind,
  );
  return `exporting to ${words.join(', ')}`;
}
