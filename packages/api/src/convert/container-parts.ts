import { defaultContainerSpec } from '@wharf/core';
import type {
  DeviceSpec,
  MountOwner,
  MountSpec,
  NamespaceModes,
  SecuritySpec,
  VolumeMountOptions,
} from '@wharf/core';
import { MountKind, RecursiveReadOnly } from '../gen/wharf/v1/containers.js';
import type * as wire from '../gen/wharf/v1/containers.js';
import { enumPair } from './enums.js';
import {
  atLeast,
  defined,
  eachFromWire,
  integerWithin,
  listFromWire,
  recordFromWire,
  recordToWire,
  textOrAbsent,
} from './values.js';

const permissionBits = 0o7777;

export const mountKinds = enumPair('mount kind', {
  bind: MountKind.BIND,
  volume: MountKind.VOLUME,
  tmpfs: MountKind.TMPFS,
  image: MountKind.IMAGE,
});

const readOnlyDepths = enumPair('way of mounts below a read-only bind', {
  disabled: RecursiveReadOnly.DISABLED,
  writable: RecursiveReadOnly.WRITABLE,
  force: RecursiveReadOnly.FORCE,
});

export function mountsFromWire(mounts: readonly wire.Mount[]): readonly MountSpec[] {
  return eachFromWire(mounts, 'mounts', (mount) =>
    defined({
      kind: mountKinds.fromWire(mount.kind),
      source: mount.source,
      target: mount.target,
      readOnly: mount.readOnly,
      propagation: textOrAbsent(mount.propagation),
      createSource: mount.createSource,
      nonRecursive: mount.nonRecursive,
      tmpfsSize: atLeast(mount.tmpfsSizeBytes, 'mounts.tmpfs_size', 0n),
      tmpfsMode: integerWithin(mount.tmpfsMode, 'mounts.tmpfs_mode', 0, permissionBits),
      tmpfsOptions: listFromWire(mount.tmpfsOptions, 'mounts.tmpfs_options'),
      volume: volumeMountFromWire(mount.volume),
      subpath: textOrAbsent(mount.subpath),
      recursiveReadOnly:
        mount.recursiveReadOnly === RecursiveReadOnly.UNSPECIFIED
          ? undefined
          : readOnlyDepths.fromWire(mount.recursiveReadOnly),
      exclude: mount.exclude && listFromWire(mount.exclude.values, 'mounts.exclude'),
      owner: ownerFromWire(mount.owner),
    }),
  );
}

export function mountsToWire(mounts: readonly MountSpec[]): wire.Mount[] {
  return mounts.map((mount) => ({
    kind: mountKinds.toWire(mount.kind),
    source: mount.source,
    target: mount.target,
    readOnly: mount.readOnly,
    propagation: mount.propagation ?? '',
    createSource: mount.createSource,
    nonRecursive: mount.nonRecursive,
    tmpfsSizeBytes: mount.tmpfsSize,
    tmpfsMode: mount.tmpfsMode,
    tmpfsOptions: [...mount.tmpfsOptions],
    volume: volumeMountToWire(mount.volume),
    subpath: mount.subpath ?? '',
    recursiveReadOnly:
      mount.recursiveReadOnly === undefined
        ? RecursiveReadOnly.UNSPECIFIED
        : readOnlyDepths.toWire(mount.recursiveReadOnly),
    exclude: mount.exclude && { values: [...mount.exclude] },
    owner: ownerToWire(mount.owner),
  }));
}

function volumeMountFromWire(
  options: wire.VolumeMount | undefined,
): VolumeMountOptions | undefined {
  if (options === undefined) return undefined;
  return {
    noCopy: options.noCopy,
    driver: options.driver,
    driverOptions: recordFromWire(options.driverOptions, 'mounts.volume.driver_options'),
    labels: recordFromWire(options.labels, 'mounts.volume.labels'),
  };
}

function volumeMountToWire(options: VolumeMountOptions | undefined): wire.VolumeMount | undefined {
  return (
    options && {
      ...options,
      driverOptions: recordToWire(options.driverOptions),
      labels: recordToWire(options.labels),
    }
  );
}

function ownerFromWire(owner: wire.MountOwner | undefined): MountOwner | undefined {
  if (owner === undefined) return undefined;
  const { chown, uid, gid, mode } = owner;
  return defined({
    chown,
    uid,
    gid,
    mode: mode === undefined ? mode : integerWithin(mode, 'mounts.owner.mode', 0, permissionBits),
    idmap: textOrAbsent(owner.idmap),
  });
}

function ownerToWire(owner: MountOwner | undefined): wire.MountOwner | undefined {
  if (owner === undefined) return undefined;
  const { chown, uid, gid, mode, idmap = '' } = owner;
  return { chown, uid, gid, mode, idmap };
}

export function namespacesFromWire(modes: wire.Namespaces | undefined): NamespaceModes {
  if (modes === undefined) return defaultContainerSpec('').namespaces;
  const { network, pid, ipc, uts, cgroup } = modes;
  return { network, pid, ipc, uts, cgroup };
}

export function securityFromWire(security: wire.Security | undefined): SecuritySpec {
  if (security === undefined) return defaultContainerSpec('').security;
  return {
    capAdd: listFromWire(security.capAdd, 'security.cap_add'),
    capDrop: listFromWire(security.capDrop, 'security.cap_drop'),
    privileged: security.privileged,
    seccomp: security.seccomp,
    noNewPrivileges: security.noNewPrivileges,
    systemPathsUnconfined: security.systemPathsUnconfined,
  };
}

export function securityToWire(security: SecuritySpec): wire.Security {
  return { ...security, capAdd: [...security.capAdd], capDrop: [...security.capDrop] };
}

export function devicesFromWire(devices: readonly wire.Device[]): readonly DeviceSpec[] {
  return eachFromWire(devices, 'devices', (device) => ({
    hostPath: device.hostPath,
    containerPath: device.containerPath,
    permissions: device.permissions === '' ? 'rwm' : device.permissions,
  }));
}

export function devicesToWire(devices: readonly DeviceSpec[]): wire.Device[] {
  return devices.map((device) => ({ ...device }));
}
