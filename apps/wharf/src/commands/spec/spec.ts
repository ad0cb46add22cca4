import {
  InvalidArgumentError,
  type CallOptions,
  type ContainerSpec,
  type MountSpec,
  type NamespaceModes,
  type Resources,
} from '@wharf/core';
import { parseCpus } from './cpus.js';
import { parseDevice } from './device.js';
import type { SpecFlags } from './flags.js';
import { healthcheckOf } from './health.js';
import { keyValues } from './key-values.js';
import { parseMount } from './mount.js';
import { networkingOf } from './networking.js';
import { plainVolume } from './plain-mount.js';
import { parseRestart } from './restart.js';
import { readSecurityOptions } from './security.js';
import { readEnvironment, readLabelFile } from './text-files.js';
import { parseTmpfs } from './tmpfs.js';
import { parseUlimit } from './ulimit.js';
import { parseVolume, wantsLabel } from './volume.js';
import { parseVolumesFrom } from './volumes-from.js';

export interface SpecInput {
  readonly flags: SpecFlags;
  /** The image, then the command. */
  readonly args: readonly string[];
  /** Long names of the flags on the command line. */
  readonly given: ReadonlySet<string>;
  /** The variables that `-e NAME` passes on. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface BuiltSpec {
  readonly spec: ContainerSpec;
  readonly warnings: readonly string[];
}

/**
 * What the flags and arguments of `run` and `create` ask for. Files that they name are read.
 * @throws InvalidArgumentError for what contradicts itself
 */
export async function buildSpec(input: SpecInput, call: CallOptions): Promise<BuiltSpec> {
  const { flags, args, given, env } = input;
  const [image = '', ...command] = args;
  const restart = parseRestart(flags.restart);
  if (flags.rm && restart.kind !== 'no') {
    throw new InvalidArgumentError('conflicting options: cannot specify both --restart and --rm');
  }
  const { mode, networking, warnings: ofNetworks } = networkingOf(flags);
  const { warnings, ...security } = await readSecurityOptions(flags.securityOpt, call);
  const labelFiles = await Promise.all(flags.labelFile.map((path) => readLabelFile(path, call)));
  const spec: ContainerSpec = {
    ...optional(flags, given),
    image,
    ...(command.length > 0 ? { command } : {}),
    env: await readEnvironment(flags, env, call),
    groupAdd: flags.groupAdd,
    terminal: flags.tty,
    openStdin: flags.interactive,
    ...attachment(flags),
    labels: keyValues([...labelFiles.flat(), ...flags.label]),
    annotations: keyValues(flags.annotation),
    restart,
    autoRemove: flags.rm,
    mounts: mountsOf(flags),
    volumesFrom: flags.volumesFrom.map(parseVolumesFrom),
    readOnlyRootfs: flags.readOnly,
    namespaces: namespacesOf(flags, mode),
    security: {
      ...security,
      capAdd: flags.capAdd,
      capDrop: flags.capDrop,
      privileged: flags.privileged,
    },
    devices: flags.device.map(parseDevice),
    resources: resourcesOf(flags),
    sysctls: keyValues(flags.sysctl),
    log: { driver: flags.logDriver, options: keyValues(flags.logOpt) },
    networking,
  };
  return { spec, warnings: [...warnings, ...ofNetworks, ...labelNotes(flags)] };
}

/** Fields that stay absent unless asked for. */
function optional(flags: SpecFlags, given: ReadonlySet<string>): Partial<ContainerSpec> {
  const healthcheck = healthcheckOf(flags);
  const fields: { [Name in keyof ContainerSpec]?: ContainerSpec[Name] | undefined } = {
    name: flags.name,
    platform: flags.platform,
    entrypoint: flags.entrypoint === undefined ? undefined : [flags.entrypoint],
    user: flags.user,
    workdir: flags.workdir,
    hostname: flags.hostname,
    domainname: flags.domainname,
    stopSignal: flags.stopSignal,
    stopTimeoutSeconds: flags.stopTimeout,
    healthcheck,
    init: given.has('init') ? flags.init : undefined,
    runtime: flags.runtime,
  };
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Partial<ContainerSpec>;
}

type Attachment = Pick<
  ContainerSpec,
  'attachStdin' | 'attachStdout' | 'attachStderr' | 'stdinOnce'
>;

/** Without -a all streams, stdin only with -i; stdin ends with the one who is attached to it. */
function attachment(flags: SpecFlags): Attachment {
  const named = new Set(flags.attach.map((name) => name.toLowerCase()));
  const all = named.size === 0;
  const attachStdin = all ? flags.interactive : named.has('stdin');
  return {
    attachStdin,
    attachStdout: all || named.has('stdout'),
    attachStderr: all || named.has('stderr'),
    stdinOnce: flags.interactive && attachStdin,
  };
}

/** One mount per target: what is said later wins over nothing, so twice the same is refused. */
function mountsOf(flags: SpecFlags): MountSpec[] {
  const mounts = [
    ...flags.volume.map((text) => withDriver(parseVolume(text), flags.volumeDriver)),
    ...flags.mount.map(parseMount),
    ...flags.tmpfs.map(parseTmpfs),
  ];
  const targets = new Set<string>();
  for (const { target } of mounts) {
    if (targets.has(target)) throw new InvalidArgumentError(`duplicate mount point: ${target}`);
    targets.add(target);
  }
  return mounts;
}

/** --volume-driver is that of the volumes that -v makes. */
function withDriver(mount: MountSpec, driver: string): MountSpec {
  if (driver === '' || mount.kind !== 'volume') return mount;
  return { ...mount, volume: { ...plainVolume, ...mount.volume, driver } };
}

/** What docker would do to files for SELinux is said once, not done. */
function labelNotes(flags: SpecFlags): string[] {
  return flags.volume.some(wantsLabel)
    ? ['the SELinux labels z and Z of -v are ignored: this host labels no files']
    : [];
}

function namespacesOf(flags: SpecFlags, network: string): NamespaceModes {
  const cgroup = flags.cgroupns ?? '';
  if (!['', 'host', 'private'].includes(cgroup)) {
    throw new InvalidArgumentError('--cgroupns: invalid CGROUP mode');
  }
  if (!['', 'host'].includes(flags.uts)) throw new InvalidArgumentError('--uts: invalid UTS mode');
  if (!['', 'host'].includes(flags.pid) && !/^container:./.test(flags.pid)) {
    throw new InvalidArgumentError('--pid: invalid PID mode');
  }
  return {
    network,
    pid: flags.pid,
    ipc: flags.ipc,
    uts: flags.uts,
    cgroup,
  };
}

function resourcesOf(flags: SpecFlags): Resources {
  return {
    memory: BigInt(flags.memory),
    memorySwap: BigInt(flags.memorySwap),
    memoryReservation: BigInt(flags.memoryReservation),
    nanoCpus: flags.cpus === undefined ? 0n : parseCpus(flags.cpus),
    cpuShares: BigInt(flags.cpuShares),
    cpuPeriod: BigInt(flags.cpuPeriod),
    cpuQuota: BigInt(flags.cpuQuota),
    cpusetCpus: flags.cpusetCpus,
    cpusetMems: flags.cpusetMems,
    ...(flags.pidsLimit === undefined ? {} : { pidsLimit: BigInt(flags.pidsLimit) }),
    oomScoreAdj: flags.oomScoreAdj,
    oomKillDisable: flags.oomKillDisable,
    shmSize: BigInt(flags.shmSize),
    ulimits: flags.ulimit.map(parseUlimit),
  };
}
