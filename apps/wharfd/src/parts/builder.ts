import { join } from 'node:path';
import type { Closable } from '@wharf/core';
import {
  createAttest,
  createBuildBases,
  createBuilds,
  createCacheExport,
  createExecutors,
  createOutputs,
  importCaches,
  withLayouts,
  type BuildManager,
  type ImageManager,
  type StepRunner,
} from '@wharf/engine';
import {
  createAgentSockets,
  createBuildFiles,
  createTreeStore,
  type createContainerFiles,
} from '@wharf/linux';
import type { Native } from '@wharf/linux/native';
import { hostPlatform } from '@wharf/oci';
import { Proxies } from '@wharf/registry';
import { createSources } from '@wharf/sources';
import { buildFacts } from '../build-facts.js';
import { buildGcPolicy } from '../config/build.js';
import { registrySlice } from '../config/registry-slice.js';
import type { Config } from '../config/schema.js';
import type { DaemonLogger } from '../logger.js';

export interface BuilderParts {
  readonly config: Config;
  readonly logger: DaemonLogger;
  readonly native: Native;
  /** Of the addon. */
  readonly nativePath: string;
  readonly bootId: string;
  readonly images: ImageManager;
  readonly steps: StepRunner;
  readonly fileAccess: ReturnType<typeof createContainerFiles>;
}

/** The builder with its own parts; closing ends its builds, then what they work with. */
export async function composeBuilder(parts: BuilderParts): Promise<BuildManager & Closable> {
  const { config, logger, native, nativePath, images, steps, fileAccess } = parts;
  const root = join(config['data-root'], 'builds');
  const runRoot = join(config['exec-root'], 'builds');
  const store = images.context;
  await using undo = new AsyncDisposableStack();
  const trees = createTreeStore({
    root: join(root, 'trees'),
    native,
    nativePath,
    workerUrl: new URL('trees-worker.mjs', import.meta.url),
    bootId: parts.bootId,
  });
  undo.defer(() => trees.close());
  const files = createBuildFiles({
    native,
    nativePath,
    workerUrl: new URL('build-files-worker.mjs', import.meta.url),
    treesRoot: join(root, 'trees'),
  });
  undo.defer(() => files.close());
  const { proxy } = registrySlice(config, process.env);
  const sources = createSources({
    allowPrivate: config.build['allow-private'],
    userAgent: `wharf/${buildFacts.version}`,
    temporary: join(root, 'tmp'),
    proxies: new Proxies(proxy),
  });
  const named = createBuildBases({ ...store, pull: (ref, options) => images.pull(ref, options) });
  const bases = withLayouts(named, { ...store, trees });
  const agents = createAgentSockets(runRoot);
  const downloads = config['max-concurrent-downloads'];
  const shared = { root, trees, sources, agents, steps, fileAccess, baseImages: bases };
  const builds = createBuilds({
    ...store,
    ...shared,
    logger,
    images,
    files: store.unpack,
    executors: (tools) =>
      createExecutors({
        ...store,
        ...shared,
        ...tools,
        files,
        baseLayers: bases,
      }),
    outputs: (tools) =>
      createOutputs({
        ...store,
        ...tools,
        ...{ files, trees, fileAccess, baseLayers: bases },
        attest: createAttest({ content: store.content, layers: store.layers, search: files }),
        exportCache: createCacheExport({ ...store, ...tools }),
      }),
    importCache: ({ cacheMounts }) => {
      const from = { ...store, trees, cacheMounts, downloads };
      return (request, options) => importCaches(from, request, options);
    },
    buildPlatform: hostPlatform(process.arch),
    entitlements: config.build.entitlements,
    policy: buildGcPolicy(config.build),
  });
  undo.defer(() => builds.close());
  const rest = undo.move();
  return { ...builds, close: () => rest.disposeAsync() };
}
