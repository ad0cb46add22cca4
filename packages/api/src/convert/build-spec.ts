import { InvalidArgumentError, printable } from '@wharf/core';
import type {
  BuildCacheStore,
  BuildOutput,
  BuildResources,
  BuildSecret,
  BuildSource,
  BuildSpec,
  Entitlement,
} from '@wharf/core';
import {
  CacheMode,
  Entitlement as WireEntitlement,
  ProvenanceMode,
} from '../gen/wharf/v1/build_spec.js';
import type * as wire from '../gen/wharf/v1/build_spec.js';
import { limits } from '../limits.js';
import { enumPair } from './enums.js';
import { compressionFromWire, compressionToWire } from './image-work.js';
import { credentialMapFromWire, credentialMapToWire } from './manifest-lists.js';
import { bufferOf } from './streams.js';
import { optionalDateFromWire, optionalDateToWire } from './times.js';
import { atLeast, defined, eachFromWire, listFromWire, mapFromWire, required } from './values.js';

const cacheModes = enumPair('mode of a cache', { min: CacheMode.MIN, max: CacheMode.MAX });
const provenances = enumPair('mode of provenance', {
  none: ProvenanceMode.NONE,
  min: ProvenanceMode.MIN,
  max: ProvenanceMode.MAX,
});
const entitlements = enumPair<Entitlement>('entitlement', {
  'network.host': WireEntitlement.NETWORK_HOST,
  'security.insecure': WireEntitlement.SECURITY_INSECURE,
  device: WireEntitlement.DEVICE,
});

const noResources: wire.BuildResources = {
  network: 'default',
  extraHosts: [],
  ulimits: [],
  shmSizeBytes: 0n,
  memoryBytes: 0n,
  memorySwapBytes: 0n,
  nanoCpus: 0n,
  cpuShares: 0n,
  cpusetCpus: '',
  cgroupParent: '',
  dns: [],
};

/** Throws invalid-argument for a secret or a text that the daemon would not take. */
export function buildSpecToWire(spec: BuildSpec): wire.BuildSpec {
  checkText(spec.dockerfile, 'the Dockerfile');
  checkText(spec.lock, 'the lock file');
  return {
    ...spec,
    context: spec.context && sourceToWire(spec.context),
    namedContexts: new Map(
      Array.from(spec.namedContexts, ([name, source]) => [name, sourceToWire(source)]),
    ),
    dockerfile: spec.dockerfile,
    buildArgs: new Map(spec.buildArgs),
    labels: new Map(spec.labels),
    annotations: new Map(spec.annotations),
    platforms: [...spec.platforms],
    outputs: spec.outputs.map(outputToWire),
    noCacheStages: [...spec.noCacheStages],
    secrets: spec.secrets.map(secretToWire),
    sshAgents: [...spec.sshAgents],
    cacheFrom: spec.cacheFrom.map(storeToWire),
    cacheTo: spec.cacheTo.map(storeToWire),
    entitlements: spec.entitlements.map((each) => entitlements.toWire(each)),
    resources: resourcesToWire(spec.resources),
    sourceDateEpochSeconds: spec.sourceDateEpoch,
    createdAt: optionalDateToWire(spec.createdAt),
    provenance: provenances.toWire(spec.provenance),
    lock: spec.lock,
    credentials: credentialMapToWire(spec.credentials),
  };
}

export function buildSpecFromWire(message: wire.BuildSpec | undefined): BuildSpec {
  const spec = required(message, 'spec');
  return defined({
    context: spec.context && sourceFromWire(spec.context),
    namedContexts: new Map(
      Array.from(mapFromWire(spec.namedContexts, 'named_contexts'), ([name, source]) => [
        name,
        sourceFromWire(source),
      ]),
    ),
    dockerfilePath: spec.dockerfilePath,
    dockerfile: spec.dockerfile,
    target: spec.target,
    buildArgs: mapFromWire(spec.buildArgs, 'build_args'),
    labels: mapFromWire(spec.labels, 'labels'),
    annotations: mapFromWire(spec.annotations, 'annotations'),
    platforms: listFromWire(spec.platforms, 'platforms'),
    outputs: eachFromWire(spec.outputs, 'outputs', outputFromWire),
    noCache: spec.noCache,
    noCacheStages: listFromWire(spec.noCacheStages, 'no_cache_stages'),
    pull: spec.pull,
    secrets: eachFromWire(spec.secrets, 'secrets', secretFromWire),
    sshAgents: listFromWire(spec.sshAgents, 'ssh_agents'),
    cacheFrom: eachFromWire(spec.cacheFrom, 'cache_from', storeFromWire),
    cacheTo: eachFromWire(spec.cacheTo, 'cache_to', storeFromWire),
    entitlements: eachFromWire(spec.entitlements, 'entitlements', (each) =>
      entitlements.fromWire(each),
    ),
    resources: resourcesFromWire(spec.resources),
    sourceDateEpoch: spec.sourceDateEpochSeconds,
    createdAt: optionalDateFromWire(spec.createdAt, 'created_at'),
    provenance: provenances.fromWireOr(spec.provenance, 'none'),
    sbom: spec.sbom,
    lock: spec.lock,
    locked: spec.locked,
    explain: spec.explain,
    verify: spec.verify,
    keepFailed: spec.keepFailed,
    parallelism: spec.parallelism,
    credentials: credentialMapFromWire(spec.credentials) ?? new Map(),
    contextName: spec.contextName,
  });
}

function checkText(text: string | undefined, what: string): void {
  if (text === undefined || text.length <= limits.textLength) return;
  throw new InvalidArgumentError(
    `${what} has ${text.length} characters, at most ${limits.textLength} are allowed`,
  );
}

function secretToWire(secret: BuildSecret): wire.BuildSecret {
  checkSecret(secret);
  return { id: secret.id, value: bufferOf(secret.value) };
}

function secretFromWire({ id, value }: wire.BuildSecret): BuildSecret {
  checkSecret({ id, value });
  return { id, value };
}

function checkSecret({ id, value }: BuildSecret): void {
  if (value.byteLength <= limits.secretBytes) return;
  throw new InvalidArgumentError(
    `the secret "${printable(id)}" has ${value.byteLength} bytes, at most 500 KiB are allowed: mount larger files from a named context`,
    { facts: { field: 'secrets' } },
  );
}

function sourceToWire(source: BuildSource): wire.BuildSource {
  switch (source.kind) {
    case 'tree':
      return { source: { $case: 'tree', value: source.digest } };
    case 'archive':
      return { source: { $case: 'archive', value: source.digest } };
    case 'git':
      return { source: { $case: 'git', value: source.url } };
    case 'http':
      return { source: { $case: 'http', value: source.url } };
    case 'image':
      return { source: { $case: 'image', value: source.reference } };
    case 'stage':
      return { source: { $case: 'stage', value: source.stage } };
    case 'oci-layout': {
      const { digest, reference } = source;
      return { source: { $case: 'layout', value: { digest, reference } } };
    }
  }
}

function sourceFromWire({ source }: wire.BuildSource): BuildSource {
  switch (source?.$case) {
    case 'tree':
      return { kind: 'tree', digest: source.value };
    case 'archive':
      return { kind: 'archive', digest: source.value };
    case 'git':
      return { kind: 'git', url: source.value };
    case 'http':
      return { kind: 'http', url: source.value };
    case 'image':
      return { kind: 'image', reference: source.value };
    case 'stage':
      return { kind: 'stage', stage: source.value };
    case 'layout': {
      const { digest, reference } = source.value;
      return { kind: 'oci-layout', digest, reference };
    }
    case undefined:
      throw new InvalidArgumentError('a source of a build is empty');
  }
}

function outputToWire(output: BuildOutput): wire.BuildOutput {
  switch (output.kind) {
    case 'image': {
      const { names, push, store, forceCompression } = output;
      const compression = compressionToWire(output.compression);
      const value = { names: [...names], push, store, compression, forceCompression };
      return { output: { $case: 'image', value } };
    }
    case 'oci':
    case 'docker': {
      const compression = compressionToWire(output.compression);
      return { output: { $case: output.kind, value: { names: [...output.names], compression } } };
    }
    case 'files':
      return { output: { $case: 'files', value: {} } };
  }
}

function outputFromWire({ output }: wire.BuildOutput): BuildOutput {
  switch (output?.$case) {
    case 'image': {
      const { names, push, store, forceCompression } = output.value;
      const compression = compressionFromWire(output.value.compression) ?? 'gzip';
      return {
        kind: 'image',
        names: listFromWire(names, 'names'),
        push,
        store,
        compression,
        forceCompression,
      };
    }
    case 'oci':
    case 'docker':
      return {
        kind: output.$case,
        names: listFromWire(output.value.names, 'names'),
        compression: compressionFromWire(output.value.compression) ?? 'gzip',
      };
    case 'files':
      return { kind: 'files' };
    case undefined:
      throw new InvalidArgumentError('an output of a build is empty');
  }
}

function storeToWire(store: BuildCacheStore): wire.BuildCacheStore {
  switch (store.kind) {
    case 'registry': {
      const { reference, ignoreError } = store;
      const mode = cacheModes.toWire(store.mode);
      return { store: { $case: 'registry', value: { reference, mode, ignoreError } } };
    }
    case 'inline':
      return { store: { $case: 'inline', value: {} } };
    case 'local': {
      const { digest, ignoreError } = store;
      const mode = cacheModes.toWire(store.mode);
      return { store: { $case: 'local', value: { digest, mode, ignoreError } } };
    }
  }
}

function storeFromWire({ store }: wire.BuildCacheStore): BuildCacheStore {
  switch (store?.$case) {
    case 'registry': {
      const mode = cacheModes.fromWireOr(store.value.mode, 'min');
      const { reference, ignoreError } = store.value;
      return { kind: 'registry', reference, mode, ignoreError };
    }
    case 'inline':
      return { kind: 'inline' };
    case 'local': {
      const mode = cacheModes.fromWireOr(store.value.mode, 'min');
      const { digest, ignoreError } = store.value;
      return { kind: 'local', digest, mode, ignoreError };
    }
    case undefined:
      throw new InvalidArgumentError('a cache of a build is empty');
  }
}

function resourcesToWire(resources: BuildResources): wire.BuildResources {
  const { shmSize, memory, memorySwap, ...rest } = resources;
  return {
    ...rest,
    extraHosts: [...rest.extraHosts],
    ulimits: rest.ulimits.map((each) => ({ ...each })),
    dns: [...rest.dns],
    shmSizeBytes: shmSize,
    memoryBytes: memory,
    memorySwapBytes: memorySwap,
  };
}

function resourcesFromWire(resources: wire.BuildResources = noResources): BuildResources {
  return {
    network: resources.network,
    extraHosts: listFromWire(resources.extraHosts, 'extra_hosts'),
    ulimits: eachFromWire(resources.ulimits, 'ulimits', ({ name, soft, hard }) => ({
      name,
      soft: atLeast(soft, `ulimit ${name}`, -1n),
      hard: atLeast(hard, `ulimit ${name}`, -1n),
    })),
    shmSize: atLeast(resources.shmSizeBytes, 'shm_size_bytes', 0n),
    memory: atLeast(resources.memoryBytes, 'memory_bytes', 0n),
    memorySwap: atLeast(resources.memorySwapBytes, 'memory_swap_bytes', -1n),
    nanoCpus: atLeast(resources.nanoCpus, 'nano_cpus', 0n),
    cpuShares: atLeast(resources.cpuShares, 'cpu_shares', 0n),
    cpusetCpus: resources.cpusetCpus,
    cgroupParent: resources.cgroupParent,
    dns: listFromWire(resources.dns, 'dns'),
  };
}
