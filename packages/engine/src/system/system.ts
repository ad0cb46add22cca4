import { hostname } from 'node:os';
import type {
  Containers,
  Degradation,
  System,
  SystemInfo,
  VersionInfo,
  Volumes,
} from '@wharf/core';
import { hostPlatform } from '@wharf/oci';
import type { HostFacts, RuntimePort } from '../containers/ports.js';
import type { ContainerRecords } from '../containers/records.js';
import type { ImageManager } from '../images/images.js';
import { diskUsage } from './disk-usage.js';

export interface BuildFacts {
  readonly version: string;
  readonly apiVersion: string;
  readonly gitCommit: string;
  readonly buildTime: string;
}

export interface SystemDependencies {
  readonly build: BuildFacts;
  /** Stable over restarts: made with the data root. */
  readonly daemonId: string;
  readonly facts: HostFacts;
  readonly runtimes: RuntimePort;
  readonly records: ContainerRecords;
  readonly images: Pick<ImageManager, 'list' | 'usage'>;
  readonly containers: Pick<Containers, 'list'>;
  readonly volumes: Pick<Volumes, 'list'>;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly logDriver: string;
  readonly initPath: string;
  /** Beside what the facts of the host say. */
  readonly degraded: () => readonly Degradation[];
  readonly recovery: () => readonly string[];
  readonly counters: () => Readonly<Record<string, number>>;
}

/** What the daemon says of itself and its host. */
export function createSystem(deps: SystemDependencies): System {
  return {
    ping: () => Promise.resolve({ apiVersion: deps.build.apiVersion }),
    version: () => Promise.resolve(versionInfo(deps)),
    info: (options) => systemInfo(deps, options.signal),
    diskUsage: (options) => diskUsage(deps, options),
  };
}

function versionInfo({ build, facts, runtimes }: SystemDependencies): VersionInfo {
  return {
    ...build,
    os: 'linux',
    architecture: hostPlatform(process.arch).architecture,
    kernelVersion: facts.kernelVersion,
    components: [
      { name: 'Node.js', version: process.versions.node, details: {} },
      ...runtimes.runtimes.map(({ name, version, path }) => ({ name, version, details: { path } })),
    ],
  };
}

async function systemInfo(deps: SystemDependencies, signal: AbortSignal): Promise<SystemInfo> {
  const { facts, runtimes, records, build } = deps;
  const count = (...statuses: string[]): number =>
    records.all().filter(({ state }) => statuses.includes(state.status)).length;
  return {
    id: deps.daemonId,
    name: hostname(),
    containers: records.all().length,
    containersRunning: count('running', 'restarting'),
    containersPaused: count('paused'),
    containersStopped: count('created', 'starting', 'exited', 'dead', 'removing'),
    images: (await deps.images.list({ signal })).length,
    version: build.version,
    storageDriver: 'overlay',
    cgroupVersion: String(facts.cgroupVersion),
    cgroupDriver: 'cgroupfs',
    kernelVersion: facts.kernelVersion,
    operatingSystem: facts.operatingSystem,
    osType: 'linux',
    architecture: facts.architecture,
    cpus: facts.cpus,
    memory: facts.memory,
    dataRoot: deps.dataRoot,
    execRoot: deps.execRoot,
    runtimes: runtimes.runtimes,
    securityOptions: [
      ...(facts.seccomp ? ['seccomp'] : []),
      ...(facts.appArmor ? ['apparmor'] : []),
    ],
    degraded: [...facts.degraded, ...deps.degraded()],
    recovery: deps.recovery(),
    counters: deps.counters(),
    systemTime: new Date(),
    logDriver: deps.logDriver,
    initPath: deps.initPath,
  };
}
