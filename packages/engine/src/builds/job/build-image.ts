import { availableParallelism } from 'node:os';
import type { BuildResult, BuildSpec } from '@wharf/core';
import {
  IgnoreMatcher,
  parseIgnoreInTurns,
  type BaseImage,
  type ImageRequest,
} from '@wharf/dockerfile';
import { chainIds, type Digest } from '@wharf/oci';
import { inTurns } from '../../concurrency/pace.js';
import { hashBytes } from '../../layers/layers.js';
import { imageNodes } from '../blobs/image-nodes.js';
import { StagedBlobs } from '../blobs/staged.js';
import type { ImportedCache } from '../cache-transfer/imported-cache.js';
import type { BuildsContext, Job } from '../context.js';
import type { LoadedContext } from '../contexts/load.js';
import { readIgnore } from '../contexts/import-files.js';
import type { OpResult } from '../executor.js';
import { describeNodesInTurns, type NodeDescription } from '../solve/describe.js';
import { buildGraphInTurns, type BuildGraph, type PlatformPlan } from '../solve/graph.js';
import { solve, type Solved, type SolveRequest } from '../solve/solve.js';
import { BuildContexts } from './contexts.js';
import { readDockerfile, type ReadDockerfile } from './dockerfile.js';
import { checkEntitlements } from './entitlements.js';
import { exportBuild } from './export.js';
import { imageFailure } from './failure.js';
import { holdTrees } from './hold-trees.js';
import { importCaches } from './import-caches.js';
import { inStep } from './in-step.js';
import { keepStep } from './keep-step.js';
import { makePlans, planOptions, type PlansRequest } from './plans.js';
import { showSteps, watchSteps } from './watch.js';
import { verifyBuild } from './verify.js';
import { buildWarnings } from './warnings.js';

/** 2000-01-01T00:00:00Z: of files of new layers where nobody says another time. */
const fixedEpoch = 946_684_800;
/** Steps wait for the network and the disk more than they compute. */
const stepsPerProcessor = 4;
const minParallelism = 16;

/** One build from its Dockerfile to what it gives. */
export async function buildImage(context: BuildsContext, job: Job): Promise<BuildResult> {
  const { spec, recorder, signal } = job;
  checkEntitlements(spec, [], context.entitlements);
  const contexts = new BuildContexts(context, job);
  const main = await contexts.load(undefined);
  const read = await loadDockerfile(context, job, main);
  const request = await plansRequest(context, job, main, read);
  const { plans, images } = await makePlans(request, { signal });
  checkEntitlements(
    spec,
    plans.map(({ plan }) => plan),
    context.entitlements,
  );
  const [first] = plans;
  if (first !== undefined) {
    const options = { ...planOptions(request, first.platform), images };
    const warnings = await buildWarnings(read.file, options, plans, { signal });
    for (const warning of warnings) recorder.warn(warning);
  }
  holdTrees(context, job);
  const imported = await importCaches(context, job);
  const graph = await inTurns(buildGraphInTurns(plans), { signal });
  const place = `${spec.contextName}\n${spec.dockerfilePath}`;
  const descriptions = await inTurns(describeNodesInTurns({ plans, graph, place }), { signal });
  const prepared = prepare(context, job, {
    graph,
    descriptions,
    ...{ contexts, plans, read },
    ...(imported === undefined ? {} : { imported }),
  });
  const solved = await solve(context.solving, prepared.request, { signal });
  if (spec.verify) await verifyBuild(context, job, { ...prepared, solved });
  const exported = await exportBuild(context, job, {
    ...prepared,
    solved,
    epochSeconds: epochOf(spec),
    createdAt: createdAt(spec, main),
    sources: read.sources,
  });
  return {
    buildId: job.id,
    ...(exported.image === undefined ? {} : { image: exported.image }),
    lock: job.pins.print(),
    ...recorder.counts(),
    metadata: JSON.stringify({ ...exported.metadata, 'wharf.build.id': job.id }),
  };
}

/** What is solved, and how nodes are shown. */
export interface Prepared {
  readonly plans: readonly PlatformPlan[];
  readonly graph: BuildGraph;
  readonly request: SolveRequest;
  /** Ids of steps by node; undefined for what is not shown. */
  readonly steps: readonly (number | undefined)[];
  /** Blobs that come with their layers, if an image is made. */
  readonly staged?: StagedBlobs;
}

export type SolvedBuild = Prepared & { readonly solved: Solved };

async function loadDockerfile(
  { trees }: BuildsContext,
  { spec, signal, recorder }: Job,
  main: LoadedContext,
): Promise<ReadDockerfile> {
  const path = spec.dockerfilePath || 'Dockerfile';
  const text = spec.dockerfile ?? main.dockerfile;
  return inStep(recorder, `[internal] load build definition from ${path}`, () =>
    readDockerfile(
      trees,
      { tree: main.whole ?? main.tree, path, ...(text === undefined ? {} : { text }) },
      { signal },
    ),
  );
}

async function plansRequest(
  context: BuildsContext,
  job: Job,
  main: LoadedContext,
  { file, sources }: ReadDockerfile,
): Promise<PlansRequest> {
  const { spec, signal, recorder, pins } = job;
  const path = spec.dockerfilePath || 'Dockerfile';
  const ignore = await readIgnore(context.trees, main.whole ?? main.tree, path, { signal });
  const rules = ignore === undefined ? undefined : await inTurns(parseIgnoreInTurns(ignore), job);
  const matcher = rules === undefined ? undefined : new IgnoreMatcher(rules);
  const { pull, credentials } = spec;
  const resolve = async (request: ImageRequest): Promise<BaseImage> => {
    const { reference, platform } = request;
    const name = `[internal] load metadata for ${reference}`;
    try {
      return await inStep(recorder, name, ({ progress }) =>
        context.baseImages.resolve(reference, platform, {
          ...{ pull, credentials, pins, signal },
          onProgress: (layer, current, total) => progress(layer, current, total, 'bytes'),
        }),
      );
    } catch (error) {
      throw imageFailure(error, request, sources);
    }
  };
  return {
    file,
    spec,
    buildPlatform: context.buildPlatform,
    resolve,
    ...(matcher === undefined
      ? {}
      : { isIgnored: (name: string) => matcher.isIgnored(name.replace(/^\/+/, '')) }),
  };
}

interface Preparation {
  readonly contexts: BuildContexts;
  readonly plans: readonly PlatformPlan[];
  readonly graph: BuildGraph;
  readonly descriptions: readonly NodeDescription[];
  readonly read: ReadDockerfile;
  readonly imported?: ImportedCache;
}

function prepare(context: BuildsContext, job: Job, preparation: Preparation): Prepared {
  const { spec } = job;
  const { plans, graph, descriptions, read, contexts, imported } = preparation;
  const steps = showSteps(job.recorder, graph, descriptions);
  // Each step is compared with itself.
  const needed = spec.verify
    ? graph.nodes.map(({ id }) => id)
    : plans.flatMap(({ plan }, at) => graph.find(at, plan.target.result) ?? []);
  const staged = stageBlobs(context, job);
  const inImages = imageNodes(plans, graph);
  return {
    plans,
    graph,
    steps,
    ...(staged === undefined ? {} : { staged }),
    request: {
      graph,
      descriptions,
      context: opContext(context, job, preparation),
      blobs: (node) => (inImages.has(node) ? staged : undefined),
      keep: (result) => keep(context, job, result),
      isFresh: ({ id, op }) => !always.has(op.kind) && isFresh(spec, descriptions[id]),
      parallelism:
        spec.parallelism || Math.max(minParallelism, stepsPerProcessor * availableParallelism()),
      watcher: watchSteps(job, steps, descriptions, read.sources),
      needed,
      exporting: spec.cacheTo.length > 0,
      ...(imported === undefined ? {} : { imported }),
    },
  };
}

/** For the blobs of layers, compressed as the first image wants them; others are packed when they are exported. */
function stageBlobs({ scratch }: BuildsContext, { spec, ends }: Job): StagedBlobs | undefined {
  for (const output of spec.outputs)
    if (output.kind !== 'files') return ends.use(new StagedBlobs(output.compression, scratch));
  return undefined;
}

/** What has no other result the second time. */
const always: ReadonlySet<string> = new Set(['image', 'scratch', 'context', 'files']);

function isFresh(spec: BuildSpec, description: NodeDescription | undefined): boolean {
  if (spec.noCache) return true;
  const stage = description?.stage ?? '';
  return stage !== '' && spec.noCacheStages.some((name) => name.toLowerCase() === stage);
}

function opContext(
  context: BuildsContext,
  job: Job,
  { contexts, imported }: Preparation,
): SolveRequest['context'] {
  const { id, spec, claim, signal, pins, agent } = job;
  return {
    buildId: id,
    spec,
    epochSeconds: epochOf(spec),
    hold: (digests) => claim.hold(digests, { signal }),
    contextTree: async (name) => (await contexts.load(name)).tree,
    pins,
    ...(agent === undefined ? {} : { agent }),
    ...(imported === undefined
      ? {}
      : { fillCacheMount: (...request) => imported.fillCacheMount(...request) }),
    ...(spec.keepFailed ? { keepFailed: (step) => keepStep(context, job, step) } : {}),
  };
}

async function keep({ treeUses }: BuildsContext, job: Job, result: OpResult): Promise<void> {
  if (result.kind === 'tree') job.ends.use(treeUses.hold(result.digest));
  else if (result.diffIds.length > 0)
    await job.claim.hold([...chainIds(result.diffIds as Digest[], hashBytes)], job);
}

function epochOf({ sourceDateEpoch, buildArgs }: BuildSpec): number {
  if (sourceDateEpoch !== undefined) return Number(sourceDateEpoch);
  const given = buildArgs.get('SOURCE_DATE_EPOCH') ?? '';
  return /^[0-9]{1,11}$/.test(given) ? Number(given) : fixedEpoch;
}

function createdAt(spec: BuildSpec, main: LoadedContext): Date {
  const epoch = epochOf(spec);
  if (epoch !== fixedEpoch || spec.sourceDateEpoch !== undefined) return new Date(epoch * 1000);
  return spec.createdAt ?? main.createdAt ?? new Date(fixedEpoch * 1000);
}
