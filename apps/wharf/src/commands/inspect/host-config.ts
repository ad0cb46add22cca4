import type { Container, ContainerSpec, EgressPolicy, MountSpec, SecuritySpec } from '@wharf/core';
import { bindText, isOfVolumeFlag, mountOf, wasMounted } from './mounts.js';
import { portBindings } from './ports.js';
import { emptyToNull, mapOf } from './values.js';

/** What the kernel gives to /dev/shm unless told otherwise. */
const defaultShmSize = 64n * 1024n * 1024n;

/** What docker has and nobody can set here, as it is there unless set: templates may ask for it. */
const notOffered = {
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: [],
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
};

/** The HostConfig of docker's inspect: how it runs on this host. */
export function hostConfig({ spec, resolved, maskedPaths, readonlyPaths }: Container): object {
  const { namespaces, security, log, restart, networking } = spec;
  return {
    Binds: emptyToNull(spec.mounts.filter(isOfVolumeFlag).map(bindText)),
    ContainerIDFile: '',
    LogConfig: { Type: log.driver === '' ? 'json-file' : log.driver, Config: mapOf(log.options) },
    NetworkMode: resolved.networkMode,
    PortBindings: portBindings(networking.ports),
    RestartPolicy: { Name: restart.kind, MaximumRetryCount: restart.maximumRetryCount },
    AutoRemove: spec.autoRemove,
    VolumeDriver: '',
    VolumesFrom: emptyToNull(spec.volumesFrom),
    ConsoleSize: [0, 0],
    Annotations: mapOf(spec.annotations),
    CapAdd: emptyToNull(security.capAdd),
    CapDrop: emptyToNull(security.capDrop),
    CgroupnsMode: namespaces.cgroup === '' ? 'private' : namespaces.cgroup,
    Dns: networking.dns.servers,
    DnsOptions: networking.dns.options,
    DnsSearch: networking.dns.search,
    ExtraHosts: emptyToNull(networking.extraHosts),
    GroupAdd: emptyToNull(spec.groupAdd),
    IpcMode: namespaces.ipc === '' ? 'private' : namespaces.ipc,
    Cgroup: '',
    Links: emptyToNull(networking.links ?? []),
    OomScoreAdj: spec.resources.oomScoreAdj,
    PidMode: namespaces.pid,
    Privileged: security.privileged,
    PublishAllPorts: networking.publishAll,
    ...(networking.publishScope === 'default' ? {} : { PublishScope: networking.publishScope }),
    ...(networking.egress === undefined ? {} : { Egress: egressOf(networking.egress) }),
    ReadonlyRootfs: spec.readOnlyRootfs,
    SecurityOpt: emptyToNull(securityOptions(security)),
    ...(hasTmpfs(spec) ? { Tmpfs: tmpfsOf(spec.mounts) } : {}),
    UTSMode: namespaces.uts,
    UsernsMode: '',
    Sysctls: mapOf(spec.sysctls),
    Runtime: resolved.runtime,
    Isolation: '',
    Init: spec.init ?? null,
    ...notOffered,
    ...resourcesOf(spec),
    Mounts: spec.mounts.filter(wasMounted).map(mountOf),
    MaskedPaths: security.privileged ? null : maskedPaths,
    ReadonlyPaths: security.privileged ? null : readonlyPaths,
  };
}

function resourcesOf({ resources, devices }: ContainerSpec): object {
  return {
    ShmSize: resources.shmSize === 0n ? defaultShmSize : resources.shmSize,
    CpuShares: resources.cpuShares,
    Memory: resources.memory,
    NanoCpus: resources.nanoCpus,
    CgroupParent: '',
    CpuPeriod: resources.cpuPeriod,
    CpuQuota: resources.cpuQuota,
    CpusetCpus: resources.cpusetCpus,
    CpusetMems: resources.cpusetMems,
    Devices: devices.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath,
      CgroupPermissions: permissions,
    })),
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: resources.memoryReservation,
    MemorySwap: resources.memorySwap,
    MemorySwappiness: null,
    OomKillDisable: resources.oomKillDisable,
    PidsLimit: resources.pidsLimit ?? null,
    Ulimits: resources.ulimits.map(({ name, soft, hard }) => ({
      Name: name,
      Hard: hard,
      Soft: soft,
    })),
  };
}

/** A profile is shown as it was given, not as a file of the client that nobody else has. */
function securityOptions(security: SecuritySpec): string[] {
  return [
    ...(security.seccomp === '' ? [] : [`seccomp=${security.seccomp}`]),
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(security.systemPathsUnconfined ? ['systempaths=unconfined'] : []),
  ];
}

/** Wharf's own: what it may reach elsewhere. */
function egressOf({ default: usual, allow }: EgressPolicy): object {
  return { Default: usual, Allow: allow };
}

function hasTmpfs({ mounts }: ContainerSpec): boolean {
  return mounts.some(({ kind }) => kind === 'tmpfs');
}

function tmpfsOf(mounts: readonly MountSpec[]): ReadonlyMap<string, string> {
  const tmpfs = mounts.filter(({ kind }) => kind === 'tmpfs');
  return new Map(tmpfs.map((mount) => [mount.target, tmpfsOptions(mount).join(',')]));
}

function tmpfsOptions({ readOnly, tmpfsSize, tmpfsMode, tmpfsOptions }: MountSpec): string[] {
  return [
    ...(readOnly ? ['ro'] : []),
    ...(tmpfsSize === 0n ? [] : [`size=${tmpfsSize}`]),
    ...(tmpfsMode === 0 ? [] : [`mode=${tmpfsMode.toString(8)}`]),
    ...tmpfsOptions,
  ];
}
