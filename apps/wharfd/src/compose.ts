import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'node:net';
import { InternalError, isActive } from '@wharf/core';
import {
  buildCacheRoots,
  buildSchema,
  containerSchema,
  ContainerRecords,
  createBallast,
  createContainers,
  createContents,
  createEvents,
  createImages,
  createLeases,
  createManifestLists,
  createNetworking,
  createNetworks,
  createProcesses,
  createRegistries,
  createStepRunner,
  createSystem,
  createVolumes,
  eventSchema,
  imageMountSchema,
  imageSchema,
  layerSchema,
  leaseSchema,
  manifestListSchema,
  networkSchema,
  openContentStore,
  openLayers,
  openState,
  parseLogOptions,
  sweepSpool,
  transferSchema,
  volumeSchema,
  type ImageManager,
  type StepRunner,
} from '@wharf/engine';
import {
  createArchives,
  createBaseImages,
  createContainerFiles,
  createImageMountPort,
  createUnpacker,
  createVolumeDrivers,
  createVolumePort,
  pluginFolders,
} from '@wharf/linux';
import { loadNative, type Native } from '@wharf/linux/native';
import { createRegistry } from '@wharf/registry';
import { createServer, type ListenerOptions } from '@wharf/server';
import { buildFacts } from './build-facts.js';
import { composeBuilder } from './builder.js';
import { gcPolicy } from './config/gc.js';
import type { Config } from './config/schema.js';
import { registrySlice } from './config/registry-slice.js';
import { containerDefaults, parseTcp, tlsFiles } from './config/slices.js';
import { hostNamesEndpoint, networkSlice } from './config/network-slice.js';
import { hostPorts } from './host-ports.js';
import { groupId } from './life/group.js';
import { removeEmptyParent } from './life/cgroup-parent.js';
import { startRegistryServer } from './life/registry-server.js';
import { restAfter } from './life/rest.js';
import { lockRoots } from './life/roots.js';
import type { DaemonLogger } from './logger.js';
import { hostResolvConf, networkPorts } from './network-ports.js';
import { packPort } from './pack-port.js';
import { unpackPort } from './unpack-port.js';

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
  await using undo = new AsyncDisposableStack();

  const root = await lockRoots(native, dataRoot, execRoot);
  undo.defer(() => root.release());

  const ballast = createBallast(join(dataRoot, 'ballast'));
  const events = createEvents(() => state.db);
  const state = openState({
    path: join(dataRoot, 'state.db'),
    ballast,
    schemas: [
      eventSchema,
      leaseSchema,
      layerSchema,
      imageSchema,
      imageMountSchema,
      containerSchema,
      manifestListSchema,
      transferSchema,
      networkSchema,
      volumeSchema,
      buildSchema,
    ],
    appendEvent: (db, event) => events.append(db, event),
    onCommitted: () => {
      touch();
      events.notify();
    },
  });
  undo.defer(() => state.close());

  const temporary = join(dataRoot, 'tmp');
  await sweepSpool(temporary);
  const workerUrl = new URL('unpack-worker.mjs', import.meta.url);
  const unpacker = createUnpacker({ native: nativePath(lib), workerUrl });
  undo.use(unpacker);
  const files = unpackPort(unpacker);
  const content = await openContentStore(join(dataRoot, 'content'));
  const layers = await openLayers(join(dataRoot, 'snapshots'), state, files);
  const registry = createRegistry({
    ...registrySlice(config, process.env),
    onMirrorFailure: ({ registry: of, mirror, error }) =>
      logger.warn('a mirror did not do', { registry: of, mirror, error }),
    userAgent: `wharf/${buildFacts.version}`,
  });
  undo.use(registry);

  const host = await hostPorts(config, native, lib, options.signal);
  const records = new ContainerRecords(state);
  const policy = gcPolicy(config.gc);
  const pack = packPort(nativePath(lib), workerUrl);
  const images = createImages({
    state,
    content,
    layers,
    leases: createLeases(state),
    registry,
    unpack: files,
    pack,
    archives: createArchives(),
    mounts: { port: createImageMountPort(native), root: join(execRoot, 'mounts', 'images') },
    baseImages: createBaseImages(),
    cacheRoots: buildCacheRoots(state),
    temporary,
    ballast,
    concurrency: config['max-concurrent-downloads'],
    uploads: config['max-concurrent-uploads'],
    logger,
    ...(policy === undefined ? {} : { policy }),
    use: {
      users: (manifest) =>
        records
          .all()
          .filter(({ resolved: { imageManifest, mounts } }) =>
            [imageManifest, ...mounts.map(({ detail }) => detail?.manifest)].includes(manifest),
          )
          .map(({ id, state: { status } }) => ({
            id,
            running: status === 'running' || status === 'paused',
          })),
    },
  });
  undo.defer(() => images.close());
  const defaults = containerDefaults(config, host.initPath);
  undo.defer(() => removeEmptyParent(defaults.cgroupParent, host.host.facts.cgroupVersion));
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
    nativePath: nativePath(lib),
    workerUrl: new URL('files-worker.mjs', import.meta.url),
  });
  const volumes = createVolumes({
    state,
    files,
    fileAccess,
    logger,
    port: createVolumePort(native),
    drivers: createVolumeDrivers(pluginFolders),
    root: join(dataRoot, 'volumes'),
    users: () =>
      records.all().map(({ id, name, state: of, resolved: { mounts } }) => ({
        id,
        name,
        active: isActive(of),
        volumes: mounts.filter(({ kind }) => kind === 'volume').map((mount) => mount.name),
      })),
  });
  const containers = await createContainers({
    records,
    networks: networking,
    images,
    files,
    pack,
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
  const builds = await composeBuilder({
    config,
    logger,
    native,
    nativePath: nativePath(lib),
    bootId: host.host.facts.bootId,
    images,
    containers,
    fileAccess,
  });
  undo.defer(() => builds.close());
  const steps = await createStepRunner({
    ...containers.context,
    root: join(execRoot, 'builds', 'steps'),
  });
  undo.defer(() => steps.close());
  images.dropUnfinished();
  const mended = await images.adoptMounts();
  const recovery = [
    ...(await volumes.adopt(options.signal)),
    ...(await adoptSteps(steps, options.signal)),
    ...(await containers.adopt(options.signal)),
    ...(await builds.adopt(options.signal)),
  ];
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

  void tidy(layers, images, logger, options.signal);
  const rest = undo.move();
  return { reload: () => server.reload(), close: () => rest.disposeAsync() };
}

/** Before the networks look for strays: the processes that use them are gone then. */
async function adoptSteps(
  steps: Pick<StepRunner, 'adopt'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ended = await steps.adopt({ signal });
  return ended === 0 ? [] : [`${ended} steps of builds were interrupted and have been ended`];
}

/** What a crash left behind goes when nobody waits for it. */
async function tidy(
  layers: { sweep(options: { signal: AbortSignal }): Promise<void> },
  images: Pick<ImageManager, 'collect' | 'relieve'>,
  logger: DaemonLogger,
  signal: AbortSignal,
): Promise<void> {
  try {
    await images.collect({ signal });
    await layers.sweep({ signal });
    images.relieve();
  } catch (error) {
    if (!signal.aborted) logger.warn('tidying the store failed', { error });
  }
}

function nativePath(lib: string): string {
  const path = join(lib, 'wharf-native.node');
  if (!existsSync(path)) throw new InternalError(`${path} is missing, run tools/build`);
  return path;
}

/** What the kernel holds for a caller who reads slowly. */
const sendBufferBytes = 512 * 1024;

async function listeners(config: Config, native: Native): Promise<readonly ListenerOptions[]> {
  const group = await groupId(config.group);
  return config.hosts.map((url): ListenerOptions => {
    if (url.startsWith('unix://')) {
      return {
        kind: 'unix',
        path: url.slice('unix://'.length),
        ...(group === undefined ? {} : { groupId: group }),
        peerCredentials: (socket) => native.peerCredentials(descriptorOf(socket)),
        widen: (socket) => native.setSendBuffer(descriptorOf(socket), sendBufferBytes),
      };
    }
    const minVersion = config['tls-min-version'] === '1.2' ? 'TLSv1.2' : 'TLSv1.3';
    return { kind: 'tls', ...parseTcp(url), files: tlsFiles(config), minVersion };
  });
}

/** Node keeps the descriptor of a socket in its handle; -1 when it is closed already. */
function descriptorOf(socket: Socket): number {
  const handle = (socket as unknown as { _handle?: { fd?: number } })._handle;
  return handle?.fd ?? -1;
}
