import type { BuildOutput, BuildSpec } from '@wharf/core';
import { plan, readDockerfile, type BaseImage, type OpId } from '@wharf/dockerfile';
import { parsePlatform } from '@wharf/oci';
import type { BuildFacts } from '../../attest/facts.js';
import type { StagedBlobs } from '../../blobs/staged.js';
import type { FilePort } from '../../../containers/file-ports.js';
import type { BlobSink, OpContext, OpExecutor, OpResult } from '../../executor.js';
import { platform as host, type Bench } from '../../ops/testing/bench.js';
import type { Exported, ExportContext, OutputFrame, SolvedPlan } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';
import { createOutputs } from '../export.js';

export interface Solving {
  readonly images?: ReadonlyMap<string, BaseImage>;
  readonly platform?: string;
  readonly blobs?: BlobSink;
}

/** Plans a Dockerfile and executes all of it, one operation after the other. */
export async function solveText(
  bench: Bench,
  text: string,
  { images = new Map(), platform = 'linux/amd64', blobs }: Solving = {},
): Promise<SolvedPlan> {
  const target = parsePlatform(platform, host);
  const planned = plan(readDockerfile(text), {
    buildPlatform: host,
    targetPlatform: target,
    images,
  });
  if (planned.kind !== 'plan') throw new RangeError(`needs ${planned.images[0]?.key}`);
  const results = new Map<OpId, OpResult>();
  const result = (id: OpId): OpResult => {
    const found = results.get(id);
    if (found === undefined) throw new RangeError(`no result of ${id}`);
    return found;
  };
  const context: OpContext = bench.context({ result, ...(blobs === undefined ? {} : { blobs }) });
  for (const op of planned.ops) {
    const executor = bench.executors[op.kind] as OpExecutor<typeof op>;
    results.set(op.id, await executor.execute(op, context));
  }
  const { base } = planned.target;
  return {
    platform: target,
    plan: planned,
    result,
    key: (id) => String(id),
    ...(base === undefined ? {} : { base }),
  };
}

export interface ExportedAll {
  readonly frames: readonly OutputFrame[];
  readonly exported: Exported;
}

export async function exportAll(
  bench: Bench,
  solved: readonly SolvedPlan[],
  outputs: readonly BuildOutput[],
  {
    spec = {},
    deps = {},
    staged,
  }: {
    readonly spec?: Partial<BuildSpec>;
    readonly deps?: Partial<OutputDependencies>;
    readonly staged?: StagedBlobs;
  } = {},
): Promise<ExportedAll> {
  const { signal, spec: whole, epochSeconds, report } = bench.context({}, { outputs, ...spec });
  const context: ExportContext = {
    signal,
    buildId: 'build',
    spec: whole,
    solved,
    epochSeconds,
    createdAt: new Date(epochSeconds * 1000),
    report,
    facts: noFacts,
    ...(staged === undefined ? {} : { staged }),
    hold(digests) {
      for (const digest of digests) bench.held.add(digest);
      return Promise.resolve();
    },
  };
  const exporting = createOutputs({ ...depsOf(bench), ...deps }).export(context);
  const frames: OutputFrame[] = [];
  for (;;) {
    const next = await exporting.next();
    if (next.done === true) return { frames, exported: next.value };
    frames.push(next.value);
  }
}

const noFacts: BuildFacts = {
  startedAt: new Date(0),
  finishedAt: new Date(0),
  builderPlatform: host,
  sources: new Map(),
  used: { image: new Map(), http: new Map(), git: new Map() },
};

function depsOf({ harbour, deps }: Bench): OutputDependencies {
  const { files, trees, scratch, baseLayers } = deps;
  const fileAccess: Pick<FilePort, 'packRoot'> = {
    async *packRoot({ root }) {
      yield Buffer.from(
        JSON.stringify(root.kind === 'stack' ? root.stack.lower.length : root.kind),
      );
    },
  };
  return { ...harbour.deps, files, trees, scratch, baseLayers, fileAccess };
}

export function imageOutput(names: readonly string[], more: object = {}): BuildOutput {
  return {
    kind: 'image',
    names,
    push: false,
    store: true,
    compression: 'gzip',
    forceCompression: false,
    ...more,
  };
}
