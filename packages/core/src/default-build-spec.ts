import type { BuildResources, BuildSpec } from './builds.js';

const resources: BuildResources = Object.freeze({
  network: 'default',
  extraHosts: [],
  ulimits: [],
  shmSize: 0n,
  memory: 0n,
  memorySwap: 0n,
  nanoCpus: 0n,
  cpuShares: 0n,
  cpusetCpus: '',
  cgroupParent: '',
  dns: [],
});

/** A build of the Dockerfile of an empty context that gives nothing: everything has its default. */
export function defaultBuildSpec(contextName: string): BuildSpec {
  return {
    namedContexts: new Map(),
    dockerfilePath: '',
    target: '',
    buildArgs: new Map(),
    labels: new Map(),
    annotations: new Map(),
    platforms: [],
    outputs: [],
    noCache: false,
    noCacheStages: [],
    pull: false,
    secrets: [],
    sshAgents: [],
    cacheFrom: [],
    cacheTo: [],
    entitlements: [],
    resources,
    provenance: 'none',
    sbom: false,
    locked: false,
    explain: false,
    verify: false,
    keepFailed: false,
    parallelism: 0,
    credentials: new Map(),
    contextName,
  };
}
