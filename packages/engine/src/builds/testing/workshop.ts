import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultBuildSpec, type BuildFrame, type BuildSpec, type Entitlement } from '@wharf/core';
import { emptyRuntimeConfig } from '@wharf/oci';
import type { State } from '../../state/state.js';
import { createBuilds, type BuildManager } from '../builds.js';
import { defaultBuildGcPolicy } from '../cache/gc-policy.js';
import type { BuildsDependencies } from '../dependencies.js';
import type { Exported, OutputFrame } from '../outputs.js';
import { digestOfText, fakeExecutors, type FakeExecutors } from './fake-executors.js';
import { memoryTrees, type MemoryTrees } from './memory-trees.js';
import { amd64 } from './plans.js';
import { openTestState } from './state.js';

/** A builder whose surroundings are fakes. */
export interface Workshop extends AsyncDisposable {
  readonly root: string;
  readonly state: State;
  readonly builds: BuildManager;
  readonly executors: FakeExecutors;
  readonly trees: MemoryTrees;
  /** What exports give. */
  output: readonly Uint8Array[];
  clock: { nowMs: number };
  /** Bytes of output that were made. */
  readonly made: () => number;
  /** As after a daemon that was killed. */
  reopen(): BuildManager;
}

export async function openWorkshop(change: Partial<BuildsDependencies> = {}): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), 'wharf-builds-'));
  await mkdir(join(root, 'builds'));
  const state = openTestState(root);
  const executors = fakeExecutors();
  const trees = memoryTrees();
  const clock = { nowMs: Date.now() };
  let made = 0;
  const removeTree = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
  const claim = {
    hold: () => Promise.resolve(),
    fulfil: () => undefined,
    abandon: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const create = (): BuildManager =>
    createBuilds({
      ...{ state, trees, logger: silent, root: join(root, 'builds') },
      sources: refusing as BuildsDependencies['sources'],
      agents: refusing as BuildsDependencies['agents'],
      baseImages: {
        resolve: (reference, platform, { pins }) => {
          pins.note('image', `${reference} linux/amd64`, digestOfText(reference));
          const digest = digestOfText(reference);
          return Promise.resolve({ config: emptyRuntimeConfig(), platform, digest });
        },
      },
      executors: () => executors,
      outputs: () => ({
        async *export(): AsyncGenerator<OutputFrame, Exported, undefined> {
          await Promise.resolve();
          for (const data of workshop.output) {
            made += data.byteLength;
            yield { kind: 'output', index: 0, data, last: false };
          }
          const digest = digestOfText('image');
          return { image: { digest, imageId: digest, names: ['t'] }, metadata: { made: 'here' } };
        },
      }),
      steps: { adopt: () => Promise.resolve(2) },
      layers: { find: () => undefined, directories: () => [] },
      claims: { openOnce: () => claim },
      images: {
        collect: () => Promise.resolve({ blobs: [], layers: [], bytes: 7 }),
        context: { records: { manifests: () => [] }, documents: {} },
      } as unknown as BuildsDependencies['images'],
      files: { removeTree },
      pack: refusing as BuildsDependencies['pack'],
      fileAccess: refusing as BuildsDependencies['fileAccess'],
      buildPlatform: amd64,
      entitlements: ['network.host'] satisfies Entitlement[],
      policy: defaultBuildGcPolicy,
      now: () => clock.nowMs++,
      ...change,
    });
  const workshop: Workshop = {
    ...{ root, state, executors, trees, clock, made: () => made },
    output: [],
    builds: create(),
    reopen: create,
    async [Symbol.asyncDispose]() {
      await workshop.builds.close();
      state.close();
      await rm(root, { recursive: true });
    },
  };
  return workshop;
}

const refusing = {} as unknown;

/** A spec for a text, with the defaults of the command line. */
export function specOf(dockerfile: string, change: Partial<BuildSpec> = {}): BuildSpec {
  return {
    ...defaultBuildSpec('.'),
    dockerfile,
    outputs: [
      {
        ...{ kind: 'image', names: ['t'], push: false, store: true },
        ...{ compression: 'gzip', forceCompression: false },
      },
    ],
    explain: true,
    ...change,
  };
}

export async function framesOf(frames: AsyncIterable<BuildFrame>): Promise<BuildFrame[]> {
  const found: BuildFrame[] = [];
  for await (const frame of frames) found.push(frame);
  return found;
}
