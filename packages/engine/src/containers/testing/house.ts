import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultContainerSpec, isActive, type ContainerSpec, type Image } from '@wharf/core';
import { emptyRuntimeConfig } from '@wharf/oci';
import { createEvents, type EventLog } from '../../events/events.js';
import { appendEvent, eventSchema } from '../../events/schema.js';
import { openState } from '../../state/open.js';
import type { State } from '../../state/state.js';
import { createContainers, type ContainerManager } from '../containers.js';
import type { HostFacts } from '../ports.js';
import { createNetworking, type Networking } from '../../networks/networking.js';
import { networkSchema } from '../../networks/schema.js';
import { networkDefaults } from '../../networks/testing/defaults.js';
import { FakePorts } from '../../networks/testing/fake-ports.js';
import { containerSchema, ContainerRecords } from '../records.js';
import { FakeVolumePort } from '../../volumes/testing/fake-volume-port.js';
import { volumeSchema } from '../../volumes/schema.js';
import { createVolumes, type VolumeManager } from '../../volumes/volumes.js';
import { FakeFiles } from './fake-files.js';
import type { FakeTasks } from './fake-tasks.js';

export const image: Image = {
  id: `sha256:${'a'.repeat(64)}`,
  targetDigest: `sha256:${'b'.repeat(64)}`,
  targetMediaType: 'application/vnd.oci.image.manifest.v1+json',
  platforms: [],
  contentSize: 1,
  containers: 0,
  manifestDigest: `sha256:${'b'.repeat(64)}`,
  manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
  repoTags: ['busybox:latest'],
  repoDigests: [],
  size: 1,
  os: 'linux',
  architecture: 'amd64',
  variant: '',
  author: '',
  config: { ...emptyRuntimeConfig(), command: ['sh'] },
  diffIds: [],
  history: [],
};

const facts: HostFacts = {
  bootId: 'boot-1',
  cgroupVersion: 2,
  controllers: ['cpu', 'memory', 'pids'],
  appArmor: false,
  seccomp: true,
  swapAccounting: true,
  kernelVersion: '6.1.0',
  operatingSystem: 'Test',
  architecture: 'amd64',
  cpus: 2,
  cpusetCpus: '0-1',
  cpusetMems: '0',
  memory: 1 << 30,
  capabilities: [],
  hardLimits: {},
  canRaiseLimits: true,
  hostname: 'host',
  degraded: [],
};

/** A container manager over a real state database and fake shims; `restart` is what a killed daemon leaves and the next finds. */
export interface House {
  readonly containers: ContainerManager;
  readonly records: ContainerRecords;
  readonly events: EventLog;
  readonly root: string;
  readonly kernel: FakePorts;
  readonly networks: Networking;
  readonly volumes: VolumeManager;
  restart(): Promise<House>;
  demolish(): Promise<void>;
}

export const spec = (changes: Partial<ContainerSpec> = {}): ContainerSpec => ({
  ...defaultContainerSpec('busybox'),
  ...changes,
});

export async function buildHouse(
  tasks: FakeTasks,
  root?: string,
  files = new FakeFiles(),
  kernel = new FakePorts(),
): Promise<House> {
  const home = root ?? (await mkdtemp(join(tmpdir(), 'wharf-house-')));
  const events: EventLog = createEvents(() => state.db);
  const state: State = openState({
    path: join(home, 'state.db'),
    schemas: [eventSchema, containerSchema, networkSchema, volumeSchema],
    appendEvent,
    onCommitted: () => events.notify(),
  });
  const records = new ContainerRecords(state);
  const runtime = {
    name: 'crun',
    path: '/usr/bin/crun',
    version: '1',
    isDefault: true,
    problem: '',
  };
  const quiet = (): void => undefined;
  const logger = { info: quiet, warn: quiet, error: quiet };
  const networks = createNetworking({
    state,
    ports: kernel.ports,
    daemonId: 'test',
    defaults: networkDefaults,
    logger,
    namespaces: join(home, 'netns'),
    etc: (id) => join(home, 'containers', id, 'etc'),
    hostResolvConf: () => Promise.resolve('nameserver 192.0.2.53\n'),
  });
  const volumes = createVolumes({
    state,
    logger,
    files: { removeTree: (path) => rm(path, { recursive: true, force: true }) },
    fileAccess: files,
    port: new FakeVolumePort(),
    drivers: { find: () => Promise.resolve(undefined) },
    root: join(home, 'volumes'),
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
    networks,
    taskPort: tasks,
    images: {
      resolve: (ref) =>
        Promise.resolve(
          ref === 'busybox' || ref === image.id ? { image, lower: ['/lower'] } : undefined,
        ),
      lowerDirectories: () => Promise.resolve(['/lower']),
      isKnown: () => true,
      touch: () => undefined,
      commit: (request) => files.commit(request),
    },
    host: {
      facts,
      deviceNode: () => Promise.reject(new TypeError('no devices here')),
      listDevices: () => Promise.resolve([]),
      ensureBindSource: () => Promise.resolve('directory'),
      mountSharedMemory: () => Promise.resolve(),
      unmountSharedMemory: () => Promise.resolve(),
      processTable: () => Promise.resolve({ titles: [], processes: [] }),
    },
    runtimes: {
      runtimes: [runtime],
      resolve: () => runtime,
      takesCompiledSeccomp: () => true,
      supports: () => false,
    },
    seccomp: { compiled: () => Promise.resolve('AA=='), specification: () => ({}) },
    files: { removeTree: (path) => rm(path, { recursive: true, force: true }) },
    fileAccess: files,
    pack: files,
    roots: { data: join(home, 'containers'), run: join(home, 'run') },
    volumes: volumes.forContainers,
    defaults: {
      logDriver: 'json-file',
      logOptions: {},
      pidsLimit: 2048n,
      cgroupParent: '/wharf',
      initPath: '/init',
      networkMode: 'none',
      init: false,
      noNewPrivileges: false,
      stopTimeoutSeconds: 10,
    },
    logger,
  });
  const leave = async (): Promise<void> => {
    await containers.close();
    await networks.shutDown();
    state.close();
  };
  return {
    containers,
    records,
    events,
    root: home,
    kernel,
    networks,
    volumes,
    async restart() {
      await leave();
      return buildHouse(tasks, home, files, kernel);
    },
    async demolish() {
      await leave();
      await rm(home, { recursive: true, force: true });
    },
  };
}
