import type { BuildFrame, BuildOptions, Builds, BuildSpec } from '@wharf/core';
import { collect, drainText, stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';

export const id = `sha256:${'ab'.repeat(32)}`;
export const begin = new Date('2026-01-31T12:00:00Z');
export const later = new Date('2026-01-31T12:00:01Z');
export const done: BuildFrame = {
  kind: 'done',
  result: {
    buildId: 'b1',
    image: { digest: `sha256:${'cd'.repeat(32)}`, imageId: id, names: ['app:latest'] },
    lock: 'pinned\n',
    cachedSteps: 1,
    executedSteps: 1,
    metadata: '{"a":1}',
  },
};
export const step: BuildFrame = {
  kind: 'step',
  step: { id: 1, name: '[1/1] RUN make', stage: '', platform: '', inputs: [] },
};
export const running: BuildFrame = {
  kind: 'state',
  stepId: 1,
  state: { kind: 'running', startedAt: begin },
};

export interface BuildRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly spec: BuildSpec;
  readonly options: BuildOptions;
  readonly synced: readonly string[];
  readonly archives: readonly string[];
}

export interface BuildRunOptions extends CliOptions {
  readonly frames?: AsyncIterable<BuildFrame>;
  readonly builds?: Partial<Builds>;
}

/** `wharf build` against a builder that has what it is told kept. */
export async function runBuildCommand(
  argv: readonly string[],
  more: BuildRunOptions = {},
): Promise<BuildRun> {
  const specs: BuildSpec[] = [];
  const all: BuildOptions[] = [];
  const synced: string[] = [];
  const archives: string[] = [];
  const builds: Partial<Builds> = {
    build(spec, options) {
      specs.push(spec);
      all.push(options);
      return more.frames ?? stream(done);
    },
    syncTree: async (digest, source) => {
      synced.push(digest);
      await collect(source.read([digest]));
      return { receivedBytes: 10, receivedPieces: 1 };
    },
    importArchive: async (archive) => {
      archives.push(await drainText(archive));
      return { digest: id, files: 1, bytes: 1 };
    },
    ...more.builds,
  };
  const result = await wharf(['build', ...argv], { ...more, engine: fakeEngine({ builds }) });
  return {
    ...result,
    spec: specs[0] as BuildSpec,
    options: all[0] as BuildOptions,
    synced,
    archives,
  };
}
