import fc from 'fast-check';
import type {
  BuildCacheStore,
  BuildOutput,
  BuildResources,
  BuildSource,
  BuildSpec,
} from '@wharf/core';
import {
  bytes,
  flag,
  int64,
  natural,
  record,
  signed,
  text,
  textMap,
  texts,
  time,
} from './values.js';

const source: fc.Arbitrary<BuildSource> = fc.oneof(
  fc.record({ kind: fc.constant('tree' as const), digest: text }),
  fc.record({ kind: fc.constantFrom('git' as const, 'http' as const), url: text }),
  fc.record({ kind: fc.constant('image' as const), reference: text }),
  fc.record({ kind: fc.constant('stage' as const), stage: text }),
  fc.record({ kind: fc.constant('oci-layout' as const), digest: text, reference: text }),
);
const compression = fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const);
const output: fc.Arbitrary<BuildOutput> = fc.oneof(
  fc.record({
    kind: fc.constant('image' as const),
    names: texts,
    push: flag,
    store: flag,
    compression,
    forceCompression: flag,
  }),
  fc.record({
    kind: fc.constantFrom('oci' as const, 'docker' as const),
    names: texts,
    compression,
  }),
  fc.constant({ kind: 'files' as const }),
);
const mode = fc.constantFrom('min' as const, 'max' as const);
const cacheStore: fc.Arbitrary<BuildCacheStore> = fc.oneof(
  fc.record({ kind: fc.constant('registry' as const), reference: text, mode, ignoreError: flag }),
  fc.constant({ kind: 'inline' as const }),
  fc.record({ kind: fc.constant('local' as const), digest: text, mode, ignoreError: flag }),
);
const resources: fc.Arbitrary<BuildResources> = fc.record({
  network: text,
  extraHosts: texts,
  ulimits: fc.array(fc.record({ name: text, soft: signed, hard: signed }), { maxLength: 2 }),
  shmSize: int64,
  memory: int64,
  memorySwap: signed,
  nanoCpus: int64,
  cpuShares: int64,
  cpusetCpus: text,
  cgroupParent: text,
  dns: texts,
});
const credentials = fc.record({
  username: text,
  password: text,
  identityToken: text,
  registryToken: text,
});

function mapOf<V>(value: fc.Arbitrary<V>): fc.Arbitrary<ReadonlyMap<string, V>> {
  return fc.array(fc.tuple(text, value), { maxLength: 3 }).map((entries) => new Map(entries));
}

export const buildSpec: fc.Arbitrary<BuildSpec> = record<
  BuildSpec,
  Exclude<keyof BuildSpec, 'context' | 'dockerfile' | 'sourceDateEpoch' | 'createdAt' | 'lock'>
>(
  {
    namedContexts: mapOf(source),
    dockerfilePath: text,
    target: text,
    buildArgs: textMap,
    labels: textMap,
    annotations: textMap,
    platforms: texts,
    outputs: fc.array(output, { maxLength: 4 }),
    noCache: flag,
    noCacheStages: texts,
    pull: flag,
    secrets: fc.array(fc.record({ id: text, value: bytes }), { maxLength: 2 }),
    sshAgents: texts,
    cacheFrom: fc.array(cacheStore, { maxLength: 3 }),
    cacheTo: fc.array(cacheStore, { maxLength: 3 }),
    entitlements: fc.array(
      fc.constantFrom('network.host' as const, 'security.insecure' as const, 'device' as const),
      { maxLength: 3 },
    ),
    resources,
    provenance: fc.constantFrom('none', 'min', 'max'),
    sbom: flag,
    locked: flag,
    explain: flag,
    verify: flag,
    keepFailed: flag,
    parallelism: natural,
    credentials: mapOf(credentials),
    contextName: text,
  },
  { context: source, dockerfile: text, sourceDateEpoch: signed, createdAt: time, lock: text },
);
