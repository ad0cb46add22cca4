import fc from 'fast-check';
import type {
  Container,
  ContainerId,
  ContainerName,
  ContainerSpec,
  ContainerState,
  ContainerStats,
  Ended,
  EventFrame,
  ExecId,
  Health,
  Healthcheck,
  Image,
  EndpointSpec,
  LogQuery,
  LogRecord,
  MountSpec,
  Network,
  NetworkEndpoint,
  NetworkingSpec,
  NetworkSpec,
  PublishedPort,
  Process,
  ProcessIdentity,
  ProcessSpec,
  SystemInfo,
  VersionInfo,
  Volume,
  VolumeEntry,
  VolumeSpec,
  WatchQuery,
} from '@wharf/core';

/** Values of the domain for round trips; an optional field is absent or set, never undefined. */

const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((value) => !value.includes('\0'));
const word = text.filter((value) => value !== '');
const texts = fc.array(text, { maxLength: 4 });
const int32 = fc.integer();
const natural = fc.nat();
const size = fc.maxSafeNat();
const int64 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const signed = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n });
const time = fc.date({
  noInvalidDate: true,
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
});
const flag = fc.boolean();
const hexId = fc.stringMatching(/^[0-9a-f]{64}$/);
export const containerId = hexId as fc.Arbitrary<ContainerId>;
export const execId = hexId as fc.Arbitrary<ExecId>;
export const containerName = fc.stringMatching(
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,20}$/,
) as fc.Arbitrary<ContainerName>;
const labels = fc
  .array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), text), {
    maxLength: 4,
  })
  .map((entries) =>
    Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries)),
  );

function record<T extends object, K extends keyof T & string>(
  required: { [P in K]: fc.Arbitrary<T[P]> },
  optional: { [P in Exclude<keyof T & string, K>]: fc.Arbitrary<Exclude<T[P], undefined>> },
): fc.Arbitrary<T> {
  const model = { ...required, ...optional } as Record<string, fc.Arbitrary<unknown>>;
  const requiredKeys = Object.keys(required);
  return fc.record(model, { requiredKeys }) as unknown as fc.Arbitrary<T>;
}

export const healthcheck: fc.Arbitrary<Healthcheck> = fc.record({
  test: texts,
  intervalNanos: int64,
  timeoutNanos: int64,
  startPeriodNanos: int64,
  startIntervalNanos: int64,
  retries: natural,
});

const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);
const portNumber = fc.nat(65_535);
const egress = fc.record({
  default: fc.constantFrom('allow' as const, 'deny' as const),
  allow: texts,
});

export const endpointSpec: fc.Arbitrary<EndpointSpec> = fc.record({
  network: text,
  aliases: texts,
  ipv4Address: text,
  ipv6Address: text,
  linkLocalAddresses: texts,
  macAddress: text,
  driverOptions: labels,
  gatewayPriority: int32,
});

export const networkEndpoint: fc.Arbitrary<NetworkEndpoint> = fc.record({
  networkId: text,
  networkName: text,
  containerId: text,
  containerName: text,
  endpointId: text,
  macAddress: text,
  ipv4Address: text,
  ipv4PrefixLength: fc.nat(32),
  gateway: text,
  ipv6Address: text,
  ipv6PrefixLength: fc.nat(128),
  ipv6Gateway: text,
  interfaceName: text,
  aliases: texts,
  dnsNames: texts,
  driverOptions: labels,
  gatewayPriority: int32,
  asked: endpointSpec,
});

const publishedPort: fc.Arbitrary<PublishedPort> = fc.record({
  containerPort: portNumber,
  protocol,
  hostAddress: text,
  hostPort: portNumber,
});

const networking = record<NetworkingSpec, Exclude<keyof NetworkingSpec, 'egress' | 'links'>>(
  {
    endpoints: fc.array(endpointSpec, { maxLength: 3 }),
    ports: fc.array(
      fc.record({
        containerPort: portNumber,
        protocol,
        hostAddress: text,
        hostPort: portNumber,
        hostPortEnd: portNumber,
      }),
      { maxLength: 3 },
    ),
    publishAll: flag,
    publishScope: fc.constantFrom('default', 'loopback', 'lan', 'any'),
    exposed: texts,
    dns: fc.record({ servers: texts, search: texts, options: texts }),
    extraHosts: texts,
  },
  { egress, links: fc.array(text, { minLength: 1, maxLength: 3 }) },
);

type OptionalMount =
  'propagation' | 'volume' | 'subpath' | 'recursiveReadOnly' | 'exclude' | 'owner';

const mount = record<MountSpec, Exclude<keyof MountSpec, OptionalMount>>(
  {
    kind: fc.constantFrom('bind', 'volume', 'tmpfs', 'image'),
    source: text,
    target: text,
    readOnly: flag,
    createSource: flag,
    nonRecursive: flag,
    tmpfsSize: int64,
    tmpfsMode: fc.nat(0o7777),
    tmpfsOptions: texts,
  },
  {
    propagation: word,
    volume: fc.record({ noCopy: flag, driver: text, driverOptions: labels, labels }),
    subpath: word,
    recursiveReadOnly: fc.constantFrom('disabled', 'writable', 'force'),
    exclude: texts,
    owner: record(
      { chown: flag },
      { uid: fc.nat(), gid: fc.nat(), mode: fc.nat(0o7777), idmap: word },
    ),
  },
);

export const containerSpec: fc.Arbitrary<ContainerSpec> = record<
  ContainerSpec,
  Exclude<keyof ContainerSpec, OptionalSpec>
>(
  {
    image: text,
    env: texts,
    groupAdd: texts,
    terminal: flag,
    openStdin: flag,
    stdinOnce: flag,
    labels,
    annotations: labels,
    restart: fc.record({
      kind: fc.constantFrom('no', 'on-failure', 'always', 'unless-stopped'),
      maximumRetryCount: natural,
    }),
    autoRemove: flag,
    mounts: fc.array(mount, { maxLength: 3 }),
    readOnlyRootfs: flag,
    namespaces: fc.record({ network: text, pid: text, ipc: text, uts: text, cgroup: text }),
    security: fc.record({
      capAdd: texts,
      capDrop: texts,
      privileged: flag,
      seccomp: text,
      noNewPrivileges: flag,
      systemPathsUnconfined: flag,
    }),
    devices: fc.array(
      fc.record({
        hostPath: text,
        containerPath: text,
        permissions: fc.constantFrom('r', 'rw', 'rwm'),
      }),
      { maxLength: 2 },
    ),
    resources: record(
      {
        memory: int64,
        memorySwap: signed,
        memoryReservation: int64,
        nanoCpus: int64,
        cpuShares: int64,
        cpuPeriod: int64,
        cpuQuota: signed,
        cpusetCpus: text,
        cpusetMems: text,
        oomScoreAdj: fc.integer({ min: -1000, max: 1000 }),
        oomKillDisable: flag,
        shmSize: int64,
        ulimits: fc.array(fc.record({ name: text, soft: signed, hard: signed }), { maxLength: 2 }),
      },
      { pidsLimit: signed },
    ),
    sysctls: labels,
    log: fc.record({ driver: text, options: labels }),
    networking,
    volumesFrom: texts,
    attachStdin: flag,
    attachStdout: flag,
    attachStderr: flag,
  },
  {
    name: word,
    platform: word,
    entrypoint: texts,
    command: texts,
    user: word,
    workdir: word,
    hostname: word,
    domainname: word,
    stopSignal: word,
    stopTimeoutSeconds: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    healthcheck,
    init: flag,
    runtime: word,
  },
);

type OptionalSpec =
  | 'name'
  | 'platform'
  | 'entrypoint'
  | 'command'
  | 'user'
  | 'workdir'
  | 'hostname'
  | 'domainname'
  | 'stopSignal'
  | 'stopTimeoutSeconds'
  | 'healthcheck'
  | 'init'
  | 'runtime';

const health: fc.Arbitrary<Health> = fc.record({
  status: fc.constantFrom('starting', 'healthy', 'unhealthy'),
  failingStreak: natural,
  log: fc.array(fc.record({ start: time, end: time, exitCode: int32, output: text }), {
    maxLength: 2,
  }),
});
const identity: fc.Arbitrary<ProcessIdentity> = fc.record({
  pid: natural,
  startTicks: uint64,
  bootId: text,
});
const endedFields = { exitCode: int32, error: text, oomKilled: flag, finishedAt: time };
const endedOptional = { startedAt: time, health };
const ended = record<Ended, 'exitCode' | 'error' | 'oomKilled' | 'finishedAt'>(
  endedFields,
  endedOptional,
);
const runningFields = { process: identity, shim: identity, startedAt: time };
const state = (
  status: ContainerState['status'],
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) =>
  record<Record<string, unknown>, string>(
    { status: fc.constant(status), ...required },
    optional,
  ) as unknown as fc.Arbitrary<ContainerState>;

export const containerState: fc.Arbitrary<ContainerState> = fc.oneof(
  state('created', {}),
  state('starting', { since: time }, { previous: ended }),
  state('running', runningFields, { health }),
  state('paused', runningFields, { health }),
  state('restarting', { ...endedFields, shim: identity }, endedOptional),
  state('exited', endedFields, endedOptional),
  state('removing', {}, { previous: ended }),
  state('dead', endedFields, endedOptional),
);

export const container: fc.Arbitrary<Container> = record<
  Container,
  Exclude<keyof Container, 'sizeRw' | 'sizeRootFs'>
>(
  {
    id: containerId,
    name: containerName,
    createdAt: time,
    spec: containerSpec,
    resolved: record(
      {
        imageId: text,
        imageManifest: text,
        platform: text,
        entrypoint: texts,
        command: texts,
        env: texts,
        workdir: text,
        user: text,
        hostname: text,
        stopSignal: text,
        labels,
        runtime: text,
        logPath: text,
        upperDir: text,
        mounts: fc.array(
          fc.record({
            kind: fc.constantFrom('bind', 'volume', 'tmpfs', 'image'),
            name: text,
            source: text,
            target: text,
            driver: text,
            mode: text,
            readWrite: flag,
            propagation: text,
          }),
          { maxLength: 2 },
        ),
        networkMode: text,
      },
      { healthcheck },
    ),
    state: containerState,
    restartCount: natural,
    networks: fc.array(networkEndpoint, { maxLength: 2 }),
    ports: fc.array(publishedPort, { maxLength: 3 }),
    sandboxKey: text,
    maskedPaths: texts,
    readonlyPaths: texts,
    execIds: texts,
  },
  { sizeRw: size, sizeRootFs: size },
);

export const containerStats: fc.Arbitrary<ContainerStats> = fc.record({
  id: containerId,
  name: containerName,
  time,
  cpuUsageNanos: uint64,
  systemCpuNanos: uint64,
  onlineCpus: natural,
  memoryUsage: uint64,
  memoryLimit: uint64,
  pids: uint64,
  blockRead: uint64,
  blockWrite: uint64,
  networkReceive: uint64,
  networkTransmit: uint64,
});

export const processSpec: fc.Arbitrary<ProcessSpec> = record<
  ProcessSpec,
  Exclude<keyof ProcessSpec, 'user' | 'workdir' | 'size'>
>(
  {
    args: texts,
    env: texts,
    terminal: flag,
    attachStdin: flag,
    attachStdout: flag,
    attachStderr: flag,
    privileged: flag,
    detach: flag,
  },
  {
    user: word,
    workdir: word,
    size: fc.record({ rows: fc.nat(65_535), columns: fc.nat(65_535) }),
  },
);

export const process: fc.Arbitrary<Process> = fc.record({
  id: execId,
  containerId,
  spec: processSpec,
  running: flag,
  pid: natural,
  exitCode: int32,
});

export const image: fc.Arbitrary<Image> = record<
  Image,
  Exclude<keyof Image, 'createdAt' | 'lastTaggedAt' | 'sharedSize'>
>(
  {
    id: text,
    targetDigest: text,
    targetMediaType: text,
    platforms: fc.array(
      fc.record({
        platform: text,
        kind: fc.constantFrom('image' as const, 'attestation' as const, 'unknown' as const),
        manifestDigest: text,
        imageId: text,
        available: fc.boolean(),
        contentSize: fc.maxSafeNat(),
        size: fc.maxSafeNat(),
        containers: fc.array(text),
      }),
      { maxLength: 3 },
    ),
    contentSize: fc.maxSafeNat(),
    containers: fc.nat(),
    manifestDigest: text,
    manifestMediaType: text,
    repoTags: texts,
    repoDigests: texts,
    size,
    os: text,
    architecture: text,
    variant: text,
    author: text,
    config: record(
      {
        user: text,
        exposedPorts: texts,
        env: texts,
        entrypoint: texts,
        command: texts,
        volumes: texts,
        workdir: text,
        labels,
        stopSignal: text,
        shell: texts,
        onBuild: texts,
      },
      { healthcheck },
    ),
    diffIds: texts,
    history: fc.array(
      record({ createdBy: text, comment: text, emptyLayer: flag }, { createdAt: time }),
      { maxLength: 2 },
    ),
  },
  { createdAt: time, lastTaggedAt: time, sharedSize: size },
);

const filters = fc
  .array(fc.tuple(text, texts), { minLength: 1, maxLength: 3 })
  .map((entries) => new Map(entries));

export const watchQuery: fc.Arbitrary<WatchQuery> = record<WatchQuery, never>(
  {},
  { afterSequence: uint64, since: time, until: time, filters },
);

export const eventFrame: fc.Arbitrary<EventFrame> = fc.oneof(
  fc.record({ kind: fc.constant('ready' as const), lastSequence: uint64 }),
  fc.record({ kind: fc.constant('lost' as const), from: uint64, to: uint64 }),
  fc.record({
    kind: fc.constant('event' as const),
    event: fc.record({
      sequence: uint64,
      time,
      type: fc.constantFrom(
        'container' as const,
        'image' as const,
        'daemon' as const,
        'network' as const,
        'volume' as const,
      ),
      action: text,
      actorId: text,
      attributes: labels,
    }),
  }),
);

export const logQuery: fc.Arbitrary<LogQuery> = record<LogQuery, 'stdout' | 'stderr' | 'follow'>(
  { stdout: flag, stderr: flag, follow: flag },
  { tail: size, since: time, until: time },
);

const nanoTime = fc
  .tuple(
    fc.date({
      noInvalidDate: true,
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
    }),
    fc.nat(999_999_999),
  )
  .map(([date, nanos]) => `${date.toISOString().slice(0, -5)}.${String(nanos).padStart(9, '0')}Z`);

export const logRecord: fc.Arbitrary<LogRecord> = record<LogRecord, 'stream' | 'time' | 'data'>(
  {
    stream: fc.constantFrom('stdout', 'stderr'),
    time: nanoTime,
    data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  },
  { attributes: labels.filter((entries) => Object.keys(entries).length > 0) },
);

export const version: fc.Arbitrary<VersionInfo> = fc.record({
  version: text,
  apiVersion: text,
  gitCommit: text,
  buildTime: text,
  os: text,
  architecture: text,
  kernelVersion: text,
  components: fc.array(fc.record({ name: text, version: text, details: labels }), { maxLength: 2 }),
});

export const info: fc.Arbitrary<SystemInfo> = fc.record({
  id: text,
  name: text,
  containers: natural,
  containersRunning: natural,
  containersPaused: natural,
  containersStopped: natural,
  images: natural,
  version: text,
  storageDriver: text,
  cgroupVersion: text,
  cgroupDriver: text,
  kernelVersion: text,
  operatingSystem: text,
  osType: text,
  architecture: text,
  cpus: natural,
  memory: size,
  dataRoot: text,
  execRoot: text,
  runtimes: fc.array(
    fc.record({ name: text, path: text, version: text, isDefault: flag, problem: text }),
    { maxLength: 2 },
  ),
  securityOptions: texts,
  degraded: fc.array(fc.record({ what: text, why: text }), { maxLength: 2 }),
  recovery: texts,
  counters: fc
    .array(fc.tuple(word, fc.maxSafeNat()), { maxLength: 3 })
    .map((entries) =>
      Object.assign(Object.create(null) as Record<string, number>, Object.fromEntries(entries)),
    ),
  systemTime: time,
  logDriver: text,
  initPath: text,
});

export const networkSpec: fc.Arbitrary<NetworkSpec> = record<
  NetworkSpec,
  Exclude<keyof NetworkSpec, 'egress'>
>(
  {
    name: text,
    driver: text,
    internal: flag,
    attachable: flag,
    ipv4: flag,
    ipv6: flag,
    labels,
    options: labels,
    ipam: fc.record({
      driver: text,
      options: labels,
      pools: fc.array(
        fc.record({ subnet: text, ipRange: text, gateway: text, auxAddresses: labels }),
        { maxLength: 2 },
      ),
    }),
  },
  { egress },
);

export const network: fc.Arbitrary<Network> = fc.record({
  id: hexId,
  createdAt: time,
  spec: networkSpec,
  scope: fc.constant('local'),
  builtIn: flag,
  bridgeName: text,
  endpoints: fc.array(networkEndpoint, { maxLength: 2 }),
});

export const volumeSpec: fc.Arbitrary<VolumeSpec> = fc.record({
  name: text,
  driver: text,
  driverOptions: labels,
  labels,
});

export const volume: fc.Arbitrary<Volume> = record<Volume, Exclude<keyof Volume, 'size'>>(
  {
    name: text,
    driver: text,
    createdAt: time,
    labels,
    driverOptions: labels,
    mountpoint: text,
    scope: fc.constantFrom('local', 'global'),
    anonymous: flag,
    status: labels,
    usedBy: texts,
    snapshots: fc.array(fc.record({ name: text, createdAt: time }), { maxLength: 2 }),
  },
  { size },
);

export const volumeEntry: fc.Arbitrary<VolumeEntry> = fc.record({
  path: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  digest: text,
});
