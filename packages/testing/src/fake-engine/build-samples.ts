import type {
  BuildFrame,
  BuildRecord,
  BuildSpec,
  CacheMount,
  CacheRecord,
  StepExplanation,
  StepState,
} from '@wharf/core';

const startedAt = new Date('2026-03-04T05:06:07.089Z');
const finishedAt = new Date('2026-03-04T05:06:08.090Z');

export const sampleBuildSpec: BuildSpec = {
  context: { kind: 'tree', digest: `sha256:${'ab'.repeat(32)}` },
  namedContexts: new Map([
    ['docs', { kind: 'git', url: 'https://example.com/docs.git#main:a' }],
    ['base', { kind: 'image', reference: 'busybox' }],
  ]),
  dockerfilePath: 'a/Dockerfile',
  dockerfile: 'FROM scratch\n',
  target: 'last',
  buildArgs: new Map([['A', 'b']]),
  labels: new Map([['__proto__', 'ü']]),
  annotations: new Map([['index:a', 'b']]),
  platforms: ['linux/amd64', 'linux/arm64/v8'],
  outputs: [
    {
      kind: 'image',
      names: ['a:b'],
      push: true,
      store: true,
      compression: 'zstd',
      forceCompression: true,
    },
    { kind: 'oci', names: ['c'], compression: 'none' },
    { kind: 'docker', names: [], compression: 'gzip' },
    { kind: 'files' },
  ],
  noCache: true,
  noCacheStages: ['one'],
  pull: true,
  secrets: [{ id: 'token', value: Buffer.from('hush') }],
  sshAgents: ['default'],
  cacheFrom: [
    { kind: 'registry', reference: 'localhost:5000/cache', mode: 'min', ignoreError: false },
    { kind: 'local', digest: `sha256:${'cd'.repeat(32)}`, mode: 'max', ignoreError: true },
  ],
  cacheTo: [{ kind: 'inline' }],
  entitlements: ['network.host', 'security.insecure', 'device'],
  resources: {
    network: 'front',
    extraHosts: ['a:10.0.0.1'],
    ulimits: [{ name: 'nofile', soft: 1n, hard: -1n }],
    shmSize: 1n,
    memory: 2n,
    memorySwap: -1n,
    nanoCpus: 3n,
    cpuShares: 4n,
    cpusetCpus: '0-1',
    cgroupParent: '/a',
    dns: ['9.9.9.9'],
  },
  sourceDateEpoch: 946_684_800n,
  createdAt: startedAt,
  provenance: 'max',
  sbom: true,
  lock: '{}',
  locked: true,
  explain: true,
  verify: true,
  keepFailed: true,
  parallelism: 3,
  credentials: new Map([
    ['localhost:5000', { username: 'u', password: 'p', identityToken: '', registryToken: 't' }],
  ]),
  contextName: '.',
};

const step = { id: 2, name: '[2/2] RUN make', stage: 'last', platform: 'linux/amd64', inputs: [1] };
const miss = {
  reason: 'changed',
  changes: [
    { kind: 'argument', name: 'A', before: 'a', after: 'b', text: 'A was "a" and is "b"' },
    { kind: 'file', name: 'x', text: 'x changed' },
  ],
} as const;
const done: StepState = { kind: 'done', startedAt, finishedAt, cached: false, miss };
const image = { digest: 'sha256:1', imageId: 'sha256:2', names: ['docker.io/library/a:b'] };

export const sampleBuildFrames: readonly BuildFrame[] = [
  { kind: 'started', buildId: 'b1' },
  { kind: 'step', step },
  { kind: 'state', stepId: 2, state: { kind: 'waiting' } },
  { kind: 'state', stepId: 2, state: { kind: 'running', startedAt } },
  { kind: 'log', stepId: 2, stream: 'stderr', data: Buffer.from('hö\n'), at: startedAt },
  { kind: 'progress', stepId: 2, name: 'layer', current: 2 ** 40, total: 0, unit: 'bytes' },
  {
    kind: 'warning',
    warning: {
      rule: 'StageNameCasing',
      message: 'm',
      detail: 'd',
      url: 'https://example.com',
      place: { file: 'Dockerfile', firstLine: 1, lastLine: 2, excerpt: '1 | FROM a AS B' },
    },
  },
  { kind: 'state', stepId: 2, state: done },
  { kind: 'state', stepId: 1, state: { kind: 'failed', startedAt, finishedAt, error: 'e' } },
  { kind: 'state', stepId: 3, state: { kind: 'cancelled' } },
  { kind: 'output', index: 1, data: Buffer.from('tar'), last: false },
  { kind: 'output', index: 1, data: Buffer.alloc(0), last: true },
  { kind: 'verified', same: false, differences: ['bin/a'] },
  {
    kind: 'done',
    result: {
      buildId: 'b1',
      image,
      lock: 'l',
      cachedSteps: 1,
      executedSteps: 2,
      metadata: '{}',
    },
  },
];

export const sampleBuildRecord: BuildRecord = {
  id: 'b1',
  name: '.',
  status: 'failed',
  startedAt,
  finishedAt,
  error: 'e',
  image,
  target: 'last',
  platforms: ['linux/amd64'],
  steps: [{ ...step, state: done, cacheKey: 'sha256:3' }],
};

export const sampleExplanation: StepExplanation = {
  step: { ...step, state: done, cacheKey: 'sha256:3' },
  inputs: [{ kind: 'argument', name: 'A', value: 'b' }],
  miss,
};

export const sampleCacheRecord: CacheRecord = {
  id: 'c1',
  kind: 'cache-mount',
  description: 'd',
  createdAt: startedAt,
  lastUsedAt: finishedAt,
  uses: 3,
  size: 2 ** 40,
  inUse: true,
  shared: true,
};

export const sampleCacheMount: CacheMount = {
  id: 'npm',
  createdAt: startedAt,
  lastUsedAt: finishedAt,
  size: 7,
  inUse: true,
};
