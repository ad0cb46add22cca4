import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '@wharf/core';
import {
  ContainerRecords,
  createContainers,
  createContents,
  createManifestLists,
  createNetworking,
  createNetworks,
  createProcesses,
  createRegistries,
  createStepRunner,
  createSystem,
  parseLogOptions,
  type Layers,
  type StepRunner,
} from '@wharf/engine';
import { createContainerFiles } from '@wharf/linux';
import { loadNative } from '@wharf/linux/native';
import { createRegistry } from '@wharf/registry';
import { createServer } from '@wharf/server';
import { buildFacts } from './build-facts.js';
import type { Config } from './config/schema.js';
import { registrySlice } from './config/registry-slice.js';
import { containerDefaults } from './config/slices.js';
import { hostNamesEndpoint, networkSlice } from './config/network-slice.js';
import { hostPorts } from './host-ports.js';
import { removeEmptyParent } from './life/cgroup-parent.js';
import { startRegistryServer } from './life/registry-server.js';
import { restAfter } from './life/rest.js';
import { lockRoots } from './life/roots.js';
import { spreadParents } from './life/spread.js';
import { strangersNotice } from './life/strangers.js';
import { tidy } from './life/tidy.js';
import type { DaemonLogger } from './logger.js';
import { hostResolvConf, networkPorts } from './network-ports.js';
import { composeBuilder } from './parts/builder.js';
import { composeImages } from './parts/images.js';
import { listeners } from './parts/listeners.js';
import { openStore } from './parts/store.js';
import { composeVolumes } from './parts/volumes.js';

/** How long the end waits for the disk. */
const settleMs = 5000;
/** How long nothing happens before the daemon gives memory back. */
const quietMs = 2000;

export interface ComposeOptions {
  readonly counters: () => Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
}

export interface Daemon {
  reload(): Promise<void>;
  /** Stops what was started, last first, each step bounded. Containers stay. */
  close(): Promise<void>;
}

/** The one place where the parts are put together. Start goes down the list, stop goes up. */
export async function compose(
  config: Config,
  logger: DaemonLogger,
  options: ComposeOptions,
): Promise<Daemon> {
  const started = performance.now();
  const { 'data-root': dataRoot, 'exec-root': execRoot } = config;
  const lib = dirname(fileURLToPath(import.meta.url));
  const native = loadNative();
  const touch = restAfter(quietMs, () => {
    native.trimHeap();
    native.dropProgramPages();
  });
  parseLogOptions(config['log-driver'], config['log-opts']);
  const addon = addonPath(lib);
  await using undo = new AsyncDisposableStack();

  const root = await lockRoots(native, dataRoot, execRoot);
  undo.defer(() => root.release());
  const store = await openStore({ dataRoot, nativePath: addon, onCommitted: touch }, undo);
  const { state, events } = store;
  undo.defer(() => settleLayers(store.layers, logger));
  const registry = undo.use(
    createRegistry({
      ...registrySlice(config, process.env),
      onMirrorFailure: ({ registry: of, mirror, error }) =>
        logger.warn('a mirror did not do', { registry: of, mirror, error }),
      userAgent: `wharf/${buildFacts.version}`,
    }),
  );
  const host = await hostPorts(config, native, lib, options.signal);
  const records = new ContainerRecords(state);
  const images = composeImages({ config, logger, native, store, registry, records });
  undo.defer(() => images.close());
  const defaults = containerDefaults(config, host.initPath);
  undo.defer(() =>
    removeEmptyParent({ path: defaults.cgroupParent, version: host.host.facts.cgroupVersion }),
  );
  const namespaces = join(execRoot, 'netns');
  const kernel = await networkPorts({
    native,
    lib,
    execRoot,
    namespaces,
    logger,
    hostNames: hostNamesEndpoint(config),
    cgroupParent: defaults.cgroupParent,
    cgroupVersion: host.host.facts.cgroupVersion,
  });
  undo.defer(() => kernel.close());
  const networking = createNetworking({
    state,
    logger,
    namespaces,
    hostResolvConf,
    ports: kernel,
    daemonId: root.daemonId,
    defaults: networkSlice(config),
    etc: (id) => join(dataRoot, 'containers', id, 'etc'),
  });
  undo.defer(() => networking.shutDown());
  const fileAccess = createContainerFiles({
    native,
    nativePath: addon,
    workerUrl: new URL('files-worker.mjs', import.meta.url),
  });
  const volumes = composeVolumes({ dataRoot, logger, native, store, fileAccess, records });
  const containers = await createContainers({
    records,
    networks: networking,
    images,
    files: store.files,
    pack: store.pack,
    fileAccess,
    logger,
    defaults,
    taskPort: host.tasks,
    host: host.host,
    runtimes: host.runtimes,
    seccomp: host.seccomp,
    roots: { data: join(dataRoot, 'containers'), run: join(execRoot, 'containers') },
    volumes: volumes.forContainers,
  });
  undo.defer(() => host.tasks.close());
  undo.defer(() => containers.close());
  const steps = await createStepRunner({
    ...containers.context,
    root: join(execRoot, 'builds', 'steps'),
  });
  undo.defer(() => steps.close());
  const builds = await composeBuilder({
    config,
    logger,
    native,
    nativePath: addon,
    bootId: host.host.facts.bootId,
    images,
    steps,
    fileAccess,
  });
  undo.defer(() => builds.close());
  const mended = await images.adoptMounts();
  const recovery = [
    ...strangersNotice(dataRoot, store),
    ...(await volumes.adopt(options.signal)),
    ...(await adoptSteps(steps, options.signal)),
    ...(await containers.adopt(options.signal)),
    ...(await builds.adopt(options.signal)),
  ];
  spreadParents(native, dataRoot);
  if (mended > 0) recovery.push(`${mended} mounts of images were not as recorded`);
  for (const line of recovery) logger.warn('recovery', { what: line });

  const engine = {
    containers,
    images,
    manifestLists: createManifestLists({
      state,
      registry,
      concurrency: 5,
    }),
    contents: createContents(images.context),
    registries: createRegistries(registry),
    events,
    networks: createNetworks(networking, containers.context),
    processes: createProcesses(containers.context),
    volumes,
    builds,
    system: createSystem({
      build: buildFacts,
      daemonId: root.daemonId,
      facts: host.host.facts,
      runtimes: host.runtimes,
      records,
      images,
      containers,
      volumes,
      dataRoot,
      execRoot,
      logDriver: config['log-driver'],
      initPath: host.initPath,
      degraded: () => networking.degraded,
      recovery: () => recovery,
      counters: options.counters,
    }),
  };
  const server = await createServer({
    engine,
    logger,
    listeners: await listeners(config, native),
    graceMs: config['shutdown-timeout'] * 1000,
    onActivity: touch,
  });
  touch();
  undo.defer(() => server.close());
  const registryServer = await startRegistryServer(config, engine, logger, () =>
    events.appended('image'),
  );
  undo.defer(() => registryServer?.close());
  for (const { what, why } of host.host.facts.degraded) logger.warn('degraded', { what, why });
  logger.info('ready', {
    addresses: server.addresses,
    ms: Math.round(performance.now() - started),
  });

  void tidy(store.layers, images, logger, options.signal);
  const rest = undo.move();
  return { reload: () => server.reload(), close: () => rest.disposeAsync() };
}

/** What builds have made outlives the machine then, too, and not only the daemon. */
async function settleLayers(
  layers: Pick<Layers, 'settle'>,
  logger: Pick<DaemonLogger, 'warn'>,
): Promise<void> {
  try {
    await layers.settle({ signal: AbortSignal.timeout(settleMs) });
  } catch (error) {
    logger.warn('layers of builds may be made again after the machine was down', { error });
  }
}

/** Before the networks look for strays: the processes that use them are gone then. */
async function adoptSteps(
  steps: Pick<StepRunner, 'adopt'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ended = await steps.adopt({ signal });
  return ended === 0 ? [] : [`${ended} steps of builds were interrupted and have been ended`];
}

function addonPath(lib: string): string {
  const path = join(lib, 'wharf-native.node');
  if (!existsSync(path)) throw new InternalError(`${path} is missing, run tools/build`);
  return path;
}
