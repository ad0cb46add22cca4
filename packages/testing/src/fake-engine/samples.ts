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
  Network,
  NetworkEndpoint,
  NetworkSpec,
  PathStat,
  Process,
  ProcessSpec,
  PullResult,
  PushResult,
  SystemInfo,
  VersionInfo,
  Volume,
  VolumeEntry,
  VolumeSnapshot,
  VolumeSpec,
} from '@wharf/core';

/** Plausible values, with something in every field, to compare on both sides of a wire. */

export const sampleId = parseContainerId('ab'.repeat(32));
export const sampleName = parseContainerName('brave_hopper');
export const sampleExecId = parseExecId('cd'.repeat(32));
const time = new Date('2026-03-04T05:06:07.089Z');

export const sampleEndpoint: NetworkEndpoint = {
  networkId: 'ef'.repeat(32),
  networkName: 'front',
  containerId: sampleId,
  containerName: sampleName,
  endpointId: '01'.repeat(32),
  macAddress: '02:42:ac:12:00:02',
  ipv4Address: '172.18.0.2',
  ipv4PrefixLength: 16,
  gateway: '172.18.0.1',
  ipv6Address: 'fd00::2',
  ipv6PrefixLength: 64,
  ipv6Gateway: 'fd00::1',
  interfaceName: 'eth0',
  aliases: ['web'],
  dnsNames: ['brave_hopper', 'abababababab', 'web'],
  driverOptions: { k: 'v' },
  gatewayPriority: -3,
  asked: {
    network: 'front',
    aliases: ['web'],
    ipv4Address: '172.18.0.2',
    ipv6Address: '',
    linkLocalAddresses: ['169.254.3.4'],
    macAddress: '',
    driverOptions: { k: 'v' },
    gatewayPriority: -3,
  },
};

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
    {
      kind: 'volume',
      source: 'data',
      target: '/data',
      readOnly: true,
      createSource: false,
      nonRecursive: false,
      tmpfsSize: 0n,
      tmpfsMode: 0,
      tmpfsOptions: [],
      volume: {
        noCopy: true,
        driver: 'local',
        driverOptions: { o: 'size=1g' },
        labels: { a: 'b' },
      },
      subpath: 'a/b',
      recursiveReadOnly: 'force',
      exclude: ['node_modules'],
      owner: { chown: true, uid: 0, gid: 7, mode: 0o750, idmap: 'uids=0-1000-1' },
    },
  ],
  networking: {
    endpoints: [sampleEndpoint.asked],
    ports: [
      {
        containerPort: 80,
        protocol: 'tcp',
        hostAddress: '127.0.0.1',
        hostPort: 8080,
        hostPortEnd: 8090,
      },
    ],
    publishAll: true,
    publishScope: 'lan',
    exposed: ['90/udp'],
    dns: { servers: ['9.9.9.9'], search: ['example.com'], options: ['ndots:2'] },
    extraHosts: ['db:host-gateway'],
    egress: { default: 'deny', allow: ['*.example.com:443'] },
  },
  volumesFrom: ['other:ro'],
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
  networks: [sampleEndpoint],
  ports: [
    { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080 },
    { containerPort: 90, protocol: 'udp', hostAddress: '', hostPort: 0 },
  ],
  sandboxKey: '/run/wharf/netns/abab',
  maskedPaths: ['/proc/kcore'],
  readonlyPaths: ['/proc/sys'],
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

export const sampleNetworkSpec: NetworkSpec = {
  name: 'front',
  driver: 'bridge',
  internal: true,
  attachable: true,
  ipv4: true,
  ipv6: true,
  labels: { a: 'b' },
  options: { 'com.docker.network.driver.mtu': '1400' },
  ipam: {
    driver: 'default',
    options: { k: 'v' },
    pools: [
      {
        subnet: '172.18.0.0/16',
        ipRange: '172.18.1.0/24',
        gateway: '172.18.0.1',
        auxAddresses: { router: '172.18.0.9' },
      },
    ],
  },
  egress: { default: 'deny', allow: ['10.0.0.0/8'] },
};

export const sampleNetwork: Network = {
  id: sampleEndpoint.networkId,
  createdAt: time,
  spec: sampleNetworkSpec,
  scope: 'local',
  builtIn: false,
  bridgeName: 'wf-efefefefefef',
  endpoints: [sampleEndpoint],
};

export const sampleVolumeSpec: VolumeSpec = {
  name: 'data',
  driver: 'local',
  driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' },
  labels: { a: 'b' },
};

export const sampleVolumeSnapshot: VolumeSnapshot = { name: 'before', createdAt: time };

export const sampleVolume: Volume = {
  ...sampleVolumeSpec,
  createdAt: time,
  mountpoint: '/var/lib/wharf/volumes/data/_data',
  scope: 'local',
  anonymous: false,
  status: { k: 'v' },
  usedBy: [sampleId],
  size: 2 ** 40,
  snapshots: [sampleVolumeSnapshot],
};

export const sampleVolumeEntries: readonly VolumeEntry[] = [
  { path: 'a/\u00ff', digest: 'sha256:1' },
  { path: 'b', digest: 'sha256:2' },
];
