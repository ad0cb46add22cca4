import {
  defaultContainerSpec,
  parseContainerId,
  parseContainerName,
  parseExecId,
} from '@wharf/core';
import type {
  BlobDescriptor,
  Container,
  ContainerSpec,
  ContainerStats,
  DiskUsage,
  EventFrame,
  FileChange,
  Image,
  ImageHistoryRow,
  ImageMount,
  LogChunk,
  ManifestView,
  PathStat,
  Process,
  ProcessSpec,
  PullResult,
  PushResult,
  SystemInfo,
  VersionInfo,
} from '@wharf/core';

/** Plausible values, with something in every field, to compare on both sides of a wire. */

export const sampleId = parseContainerId('ab'.repeat(32));
export const sampleName = parseContainerName('brave_hopper');
export const sampleExecId = parseExecId('cd'.repeat(32));
const time = new Date('2026-03-04T05:06:07.089Z');

export const sampleSpec: ContainerSpec = {
  ...defaultContainerSpec('busybox:latest'),
  name: 'web',
  entrypoint: [],
  command: ['sh', '-c', 'echo "äöü €" 🦭'],
  env: ['A=1', 'EMPTY='],
  labels: { 'com.example': 'x', __proto__x: 'y', constructor: 'z' },
  stopTimeoutSeconds: -1,
  init: false,
  restart: { kind: 'on-failure', maximumRetryCount: 3 },
  mounts: [
    {
      kind: 'tmpfs',
      source: '',
      target: '/run',
      readOnly: false,
      createSource: false,
      nonRecursive: false,
      tmpfsSize: 2n ** 62n,
      tmpfsMode: 0o1777,
      tmpfsOptions: ['nosuid'],
    },
  ],
  resources: { ...defaultContainerSpec('').resources, memory: 2n ** 53n + 1n, pidsLimit: -1n },
};

export const sampleContainer: Container = {
  id: sampleId,
  name: sampleName,
  createdAt: time,
  spec: sampleSpec,
  resolved: {
    imageId: 'sha256:1',
    imageManifest: 'sha256:2',
    platform: 'linux/amd64',
    entrypoint: ['/bin/sh'],
    command: ['-c', 'true'],
    env: ['PATH=/bin'],
    workdir: '/',
    user: '0:0',
    hostname: 'abab',
    stopSignal: 'SIGTERM',
    labels: {},
    runtime: 'crun',
    logPath: '/l',
    upperDir: '/u',
    mounts: [
      {
        kind: 'bind',
        name: '',
        source: '/s',
        target: '/t',
        driver: '',
        mode: 'ro',
        readWrite: false,
        propagation: 'rprivate',
      },
    ],
    networkMode: 'none',
  },
  state: {
    status: 'running',
    process: { pid: 7, startTicks: 2n ** 60n, bootId: 'b' },
    shim: { pid: 6, startTicks: 5n, bootId: 'b' },
    startedAt: time,
    health: {
      status: 'healthy',
      failingStreak: 0,
      log: [{ start: time, end: time, exitCode: 0, output: 'ok' }],
    },
  },
  restartCount: 2,
  execIds: [sampleExecId],
  sizeRw: 0,
};

export const sampleImage: Image = {
  id: 'sha256:1',
  targetDigest: 'sha256:9',
  targetMediaType: 'application/vnd.oci.image.index.v1+json',
  platforms: [
    {
      platform: 'linux/arm64/v8',
      kind: 'image',
      manifestDigest: 'sha256:2',
      imageId: 'sha256:1',
      available: true,
      contentSize: 2 ** 33,
      size: 2 ** 40,
      containers: ['c1'],
    },
  ],
  contentSize: 2 ** 33,
  sharedSize: 0,
  containers: 1,
  manifestDigest: 'sha256:2',
  manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
  repoTags: ['busybox:latest'],
  repoDigests: ['busybox@sha256:2'],
  createdAt: time,
  size: 2 ** 40,
  os: 'linux',
  architecture: 'arm64',
  variant: 'v8',
  author: '',
  config: {
    user: '',
    exposedPorts: ['80/tcp'],
    env: ['PATH=/bin'],
    entrypoint: [],
    command: ['sh'],
    volumes: ['/data'],
    workdir: '',
    labels: { a: 'b' },
    stopSignal: '',
    healthcheck: {
      test: ['NONE'],
      intervalNanos: 1n,
      timeoutNanos: 2n,
      startPeriodNanos: 3n,
      startIntervalNanos: 4n,
      retries: 5,
    },
    shell: [],
    onBuild: [],
  },
  diffIds: ['sha256:3'],
  history: [{ createdBy: 'x', comment: '', emptyLayer: true }],
};

export const sampleHistory: readonly ImageHistoryRow[] = [
  {
    imageId: 'sha256:1',
    tags: ['busybox:latest'],
    size: 2 ** 33,
    createdAt: time,
    createdBy: 'x',
    comment: 'c',
    emptyLayer: false,
  },
];

export const samplePush: PushResult = {
  reference: 'busybox:latest',
  digest: 'sha256:9',
  size: 1234,
  mediaType: 'application/vnd.oci.image.index.v1+json',
};

export const sampleChanges: readonly FileChange[] = [
  { kind: 'added', path: Buffer.from('/a') },
  { kind: 'deleted', path: Buffer.from([0x2f, 0xff]) },
];

export const sampleMount: ImageMount = {
  imageId: 'sha256:1',
  manifestDigest: 'sha256:2',
  reference: 'busybox:latest',
  path: '/mnt/x',
  count: 2,
};

export const sampleManifest: ManifestView = {
  reference: 'docker.io/library/busybox:latest',
  mediaType: 'application/vnd.oci.image.index.v1+json',
  digest: 'sha256:9',
  size: 2,
  document: Buffer.from('{}'),
  platform: '',
  entries: [
    {
      reference: 'docker.io/library/busybox@sha256:2',
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: 'sha256:2',
      size: 2,
      document: Buffer.from('[]'),
      platform: 'linux/amd64',
      entries: [],
    },
  ],
};

export const sampleBlob: BlobDescriptor = {
  mediaType: 'application/vnd.oci.image.config.v1+json',
  digest: 'sha256:1',
  size: 7,
};

export const sampleStat: PathStat = {
  name: 'f',
  size: 2 ** 40,
  mode: 0o100644,
  modifiedAt: time,
  linkTarget: '',
};

export const samplePull: PullResult = {
  digest: 'sha256:2',
  imageId: 'sha256:1',
  reference: 'docker.io/library/busybox:latest',
  upToDate: false,
};

export const sampleProcessSpec: ProcessSpec = {
  args: ['true'],
  env: ['B=2'],
  user: 'nobody',
  terminal: true,
  attachStdin: true,
  attachStdout: true,
  attachStderr: false,
  privileged: false,
  detach: false,
  size: { rows: 24, columns: 80 },
};

export const sampleProcess: Process = {
  id: sampleExecId,
  containerId: sampleId,
  spec: sampleProcessSpec,
  running: true,
  pid: 9,
  exitCode: 0,
};

export const sampleLogs: readonly LogChunk[] = [
  [
    {
      stream: 'stdout',
      time: '2026-03-04T05:06:07.123456789Z',
      data: Buffer.from([0, 255, 10]),
      attributes: { k: 'v' },
    },
    { stream: 'stderr', time: '2026-03-04T05:06:08.000000001Z', data: Buffer.from('é') },
  ],
  [{ stream: 'stdout', time: '2026-03-04T05:06:09.000000000Z', data: Buffer.from('last') }],
];

export const sampleStats: ContainerStats = {
  id: sampleId,
  name: sampleName,
  time,
  cpuUsageNanos: 2n ** 63n,
  systemCpuNanos: 1n,
  onlineCpus: 2,
  memoryUsage: 3n,
  memoryLimit: 4n,
  pids: 5n,
  blockRead: 6n,
  blockWrite: 7n,
  networkReceive: 8n,
  networkTransmit: 9n,
};

export const sampleEvents: readonly EventFrame[] = [
  { kind: 'ready', lastSequence: 2n ** 60n },
  { kind: 'lost', from: 1n, to: 2n },
  {
    kind: 'event',
    event: {
      sequence: 3n,
      time,
      type: 'container',
      action: 'die',
      actorId: sampleId,
      attributes: { exitCode: '1' },
    },
  },
];

export const sampleVersion: VersionInfo = {
  version: '0.1.0',
  apiVersion: '1.0',
  gitCommit: 'c',
  buildTime: 't',
  os: 'linux',
  architecture: 'amd64',
  kernelVersion: '6.1',
  components: [{ name: 'crun', version: '1.8', details: { Path: '/usr/bin/crun' } }],
};

export const sampleInfo: SystemInfo = {
  id: 'i',
  name: 'host',
  containers: 3,
  containersRunning: 1,
  containersPaused: 1,
  containersStopped: 1,
  images: 4,
  version: '0.1.0',
  storageDriver: 'overlay',
  cgroupVersion: '1',
  cgroupDriver: 'cgroupfs',
  kernelVersion: '6.1',
  operatingSystem: 'Debian',
  osType: 'linux',
  architecture: 'x86_64',
  cpus: 2,
  memory: 2 ** 41,
  dataRoot: '/var/lib/wharf',
  execRoot: '/run/wharf',
  runtimes: [{ name: 'crun', path: '/usr/bin/crun', version: '1.8', isDefault: true, problem: '' }],
  securityOptions: ['seccomp'],
  degraded: [{ what: 'no AppArmor', why: 'the kernel has none' }],
  recovery: ['adopted 1'],
  counters: { 'events.lost': 0 },
  systemTime: time,
  logDriver: 'json-file',
  initPath: '/usr/bin/tini',
};

export const sampleUsage: DiskUsage = {
  layersSize: 2 ** 40,
  contentSize: 5,
  images: [sampleImage],
  containers: [sampleContainer],
  volumes: [{ name: 'v', size: 3, links: 1 }],
  reclaimableImages: 4,
};
