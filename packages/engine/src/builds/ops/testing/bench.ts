import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defaultBuildSpec, type BuildSpec } from '@wharf/core';
import type { Op, OpId } from '@wharf/dockerfile';
import { chainIds, type Digest } from '@wharf/oci';
import { openHarbour, type Harbour } from '../../../images/testing/harbour.js';
import { hashBytes } from '../../../layers/layers.js';
import type { PackPort } from '../../../layers/ports.js';
import type { CacheMounts } from '../../cache-mounts/cache-mounts.js';
import type { OpContext, OpExecutors, OpResult } from '../../executor.js';
import { createGitMirrors } from '../../git/mirrors.js';
import { openPins, type BuildPins } from '../../lock/pins.js';
import type { GitSourceRequest, HttpSourceRequest, SourcePort } from '../../ports.js';
import type { StepEnd, StepRequest } from '../../step-runner.js';
import type { OpDependencies } from '../dependencies.js';
import { createExecutors } from '../executors.js';
import {
  createFakeFiles,
  createFakeTrees,
  fakePack,
  sha256,
  type FakeTrees,
} from './fake-files.js';

/** Executors over a real database and store of layers; files, processes and the network are played. */
export interface Bench extends AsyncDisposable {
  readonly harbour: Harbour;
  readonly deps: OpDependencies;
  readonly executors: OpExecutors;
  readonly trees: FakeTrees;
  readonly files: ReturnType<typeof createFakeFiles>;
  /** What steps do: files that they write, by path. */
  readonly steps: StepRequest[];
  step: (request: StepRequest) => Promise<Partial<StepEnd>>;
  readonly asked: string[];
  http: (request: HttpSourceRequest) => ReturnType<SourcePort['http']>;
  commit: string;
  checkout: Readonly<Record<string, string>>;
  readonly held: Set<Digest>;
  readonly log: string[];
  context(changes?: Partial<OpContext>, spec?: Partial<BuildSpec>): OpContext;
  readonly results: Map<OpId, OpResult>;
  pins: BuildPins;
  /** Directories of `scratch` that are still there. */
  readonly scratches: Set<string>;
}

export async function openBench(): Promise<Bench> {
  const harbour = await openHarbour({ pack: fakePack as PackPort });
  const root = await mkdtemp(join(harbour.root, 'builds-'));
  const trees = createFakeTrees();
  const files = createFakeFiles(trees);
  const facts = new Map<string, string>();
  const scratches = new Set<string>();
  const bench: Omit<Bench, 'deps' | 'executors' | 'context' | typeof Symbol.asyncDispose> = {
    harbour,
    trees,
    files,
    steps: [],
    step: () => Promise.resolve({}),
    asked: [],
    http: ({ target }) => written(target, 'download'),
    commit: 'a'.repeat(40),
    checkout: { 'src/a': 'a' },
    held: new Set(),
    log: [],
    results: new Map(),
    pins: openPins({ locked: false }),
    scratches,
  };
  const whole = bench as Bench;
  const deps: OpDependencies = {
    root,
    trees,
    files,
    sources: sourcesOf(whole),
    agents: {
      listen: () =>
        Promise.resolve({ path: '/run/agent', [Symbol.asyncDispose]: () => Promise.resolve() }),
    },
    steps: {
      async run(request) {
        bench.steps.push(request);
        const end = await whole.step(request);
        return { exitCode: 0, oomKilled: false, stubs: [], over: Promise.resolve(), ...end };
      },
      open: () => Promise.reject(new RangeError('no terminal here')),
      adopt: () => Promise.resolve(0),
    },
    gitMirrors: createGitMirrors({ root, files: harbour.deps.unpack }),
    layers: harbour.deps.layers,
    baseImages: { resolve: () => Promise.reject(new RangeError('no images here')) },
    baseLayers: {
      obtain: () => Promise.reject(new RangeError('no images here')),
    },
    cacheMounts: {
      async acquire({ id, seed }, options) {
        bench.asked.push(`acquire ${id}`);
        const directory = join(root, `cache-${id.replaceAll('/', '_')}`);
        await mkdir(directory);
        await seed?.(directory, options);
        const release = () => {
          bench.asked.push(`release ${id}`);
          return rm(directory, { recursive: true });
        };
        return { directory, [Symbol.asyncDispose]: release };
      },
    } as Partial<CacheMounts> as CacheMounts,
    facts: {
      get: (key) => facts.get(key),
      set: (key, value) => void facts.set(key, value),
      delete: (key) => void facts.delete(key),
    },
    async scratch() {
      const path = await mkdtemp(join(root, 'scratch-'));
      scratches.add(path);
      return {
        path,
        async [Symbol.asyncDispose]() {
          scratches.delete(path);
          await rm(path, { recursive: true, force: true });
        },
      };
    },
  };
  return Object.assign(whole, {
    deps,
    executors: createExecutors(deps),
    context: (changes: Partial<OpContext> = {}, spec: Partial<BuildSpec> = {}) =>
      contextOf(whole, changes, spec),
    [Symbol.asyncDispose]: () => harbour[Symbol.asyncDispose](),
  });
}

async function written(target: string, text: string) {
  await writeFile(target, text);
  return {
    kind: 'fetched',
    digest: sha256(text),
    size: text.length,
    etag: '"1"',
    lastModified: '',
    filename: '',
  } as const;
}

function sourcesOf(bench: Bench): SourcePort {
  return {
    http(request) {
      bench.asked.push(`http ${request.url}`);
      return bench.http(request);
    },
    gitCommit({ remote, ref }) {
      bench.asked.push(`commit ${remote} ${ref}`);
      return Promise.resolve(bench.commit);
    },
    async git({ target, commit }: GitSourceRequest) {
      bench.asked.push(`git ${commit}`);
      for (const [name, text] of Object.entries(bench.checkout)) {
        await mkdir(dirname(join(target, name)), { recursive: true });
        await writeFile(join(target, name), text);
      }
      return { committedAt: new Date(0) };
    },
  };
}

export function emptySpec(): BuildSpec {
  const spec = defaultBuildSpec('.');
  return { ...spec, resources: { ...spec.resources, network: '' } };
}

function contextOf(bench: Bench, changes: Partial<OpContext>, spec: Partial<BuildSpec>): OpContext {
  return {
    signal: bench.harbour.signal,
    buildId: 'build',
    spec: { ...emptySpec(), ...spec },
    epochSeconds: 946684800,
    report: {
      log: (stream, data) => void bench.log.push(`${stream} ${Buffer.from(data).toString()}`),
      progress: () => undefined,
    },
    fresh: false,
    hold(digests) {
      for (const digest of digests) bench.held.add(digest);
      return Promise.resolve();
    },
    result(id) {
      const found = bench.results.get(id);
      if (found === undefined) throw new RangeError(`no result of ${id}`);
      return found;
    },
    contextTree: () => Promise.resolve(bench.trees.add({ 'src/a': 'a', b: 'b' })),
    pins: bench.pins,
    ...changes,
  };
}

/** Puts files as a stage's result. */
export async function addLayers(
  bench: Bench,
  id: OpId,
  ...layers: readonly Readonly<Record<string, string>>[]
): Promise<readonly Digest[]> {
  bench.results.set(id, { kind: 'layers', diffIds: [] });
  for (const layer of layers) {
    const digest = bench.trees.add(layer);
    bench.results.set(-1, { kind: 'tree', digest });
    const items = [{ ...item, input: -1 }];
    const copy = copyOp({ base: id, items, destination: '/' });
    bench.results.set(id, await bench.executors.copy.execute(copy, bench.context()));
  }
  return diffIdsOf(bench.results.get(id));
}

export const platform = { os: 'linux', architecture: 'amd64', variant: '' };
const item = { path: '/', wildcards: false, unpack: false };

type OpOf<K extends Op['kind']> = Extract<Op, { readonly kind: K }>;

export function copyOp(changes: Partial<OpOf<'copy'>> = {}): OpOf<'copy'> {
  return {
    id: 9,
    kind: 'copy',
    inputs: [],
    base: 0,
    items: [{ ...item, input: 1 }],
    destination: '/app/',
    owner: '',
    link: false,
    exclude: [],
    platform,
    ...changes,
  };
}

export function runOp(changes: Partial<OpOf<'run'>> = {}): OpOf<'run'> {
  return {
    id: 9,
    kind: 'run',
    inputs: [0],
    base: 0,
    args: ['/bin/sh', '-c', 'make'],
    env: ['PATH=/bin', 'VERSION=1'],
    proxyEnv: [],
    workdir: '/',
    user: '',
    mounts: [],
    scripts: [],
    network: 'default',
    security: 'sandbox',
    devices: [],
    platform,
    ...changes,
  };
}

/** A step that leaves files in its root. */
export function writes(files: Readonly<Record<string, string>>) {
  return async ({ place }: Pick<StepRequest, 'place'>): Promise<Partial<StepEnd>> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(place.upper, name)), { recursive: true });
      await writeFile(join(place.upper, name), text);
    }
    return {};
  };
}

export function diffIdsOf(result: OpResult | undefined): readonly Digest[] {
  return result?.kind === 'layers' ? result.diffIds : [];
}

export function chainOf(result: OpResult | undefined): readonly Digest[] {
  return chainIds(diffIdsOf(result), hashBytes);
}
