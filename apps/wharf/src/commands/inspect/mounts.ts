import type { MountSpec } from '@wharf/core';
import { mapOf } from './values.js';

/** A volume without name, as -v makes it of a target alone. */
export function isAnonymous(mount: MountSpec): boolean {
  return mount.kind === 'volume' && mount.source === '' && !needsMountFlag(mount);
}

/** -v makes the directory that it binds, --mount does not; of a volume -v says little. */
export function isOfVolumeFlag(mount: MountSpec): boolean {
  if (mount.kind === 'bind') return mount.createSource && !needsMountFlag(mount);
  return mount.kind === 'volume' && mount.source !== '' && !needsMountFlag(mount);
}

/** What docker shows among the Mounts of the HostConfig. */
export function wasMounted(mount: MountSpec): boolean {
  return mount.kind !== 'tmpfs' && !isAnonymous(mount) && !isOfVolumeFlag(mount);
}

function needsMountFlag({ volume, subpath, recursiveReadOnly, owner, nonRecursive }: MountSpec) {
  const many = volume !== undefined && Object.keys(volume.labels).length > 0;
  const driven = volume !== undefined && Object.keys(volume.driverOptions).length > 0;
  const owned = owner !== undefined && Object.keys(owner).length > 1;
  return (
    many ||
    driven ||
    owned ||
    nonRecursive ||
    subpath !== undefined ||
    recursiveReadOnly !== undefined
  );
}

/** The text of a -v. */
export function bindText(mount: MountSpec): string {
  const { source, target, readOnly, propagation, volume, owner, exclude = [] } = mount;
  const options = [
    ...(readOnly ? ['ro'] : []),
    ...(propagation === undefined ? [] : [propagation]),
    ...(volume?.noCopy === true ? ['nocopy'] : []),
    ...(owner?.chown === true ? ['U'] : []),
    ...exclude.map((path) => `exclude=${path}`),
  ];
  return [source, target, ...(options.length === 0 ? [] : [options.join(',')])].join(':');
}

/** What --mount asked for. */
export function mountOf(mount: MountSpec): object {
  const { kind, source, target, readOnly } = mount;
  return {
    Type: kind,
    ...(source === '' ? {} : { Source: source }),
    Target: target,
    ...(readOnly ? { ReadOnly: true } : {}),
    ...optionsOf(mount),
  };
}

function optionsOf(mount: MountSpec): object {
  const { kind, subpath, exclude, owner } = mount;
  const more = {
    ...(exclude === undefined ? {} : { Exclude: exclude }),
    ...(owner === undefined ? {} : { Owner: owner }),
  };
  if (kind === 'bind') return { ...bindOptions(mount), ...more };
  if (kind === 'image') return subpath === undefined ? {} : { ImageOptions: { Subpath: subpath } };
  return { ...volumeOptions(mount), ...more };
}

function bindOptions(mount: MountSpec): object {
  const { propagation, nonRecursive, createSource, recursiveReadOnly } = mount;
  const options = {
    ...(propagation === undefined ? {} : { Propagation: propagation }),
    ...(nonRecursive ? { NonRecursive: true } : {}),
    ...(createSource ? { CreateMountpoint: true } : {}),
    ...(recursiveReadOnly === 'writable' ? { ReadOnlyNonRecursive: true } : {}),
    ...(recursiveReadOnly === 'force' ? { ReadOnlyForceRecursive: true } : {}),
  };
  return Object.keys(options).length === 0 ? {} : { BindOptions: options };
}

function volumeOptions({ volume, subpath }: MountSpec): object {
  if (volume === undefined && subpath === undefined) return {};
  const { noCopy = false, driver = '', labels = {}, driverOptions = {} } = volume ?? {};
  const driven = driver !== '' || Object.keys(driverOptions).length > 0;
  return {
    VolumeOptions: {
      ...(noCopy ? { NoCopy: true } : {}),
      ...(Object.keys(labels).length > 0 ? { Labels: mapOf(labels) } : {}),
      ...(subpath === undefined ? {} : { Subpath: subpath }),
      ...(driven ? { DriverConfig: { Name: driver, Options: mapOf(driverOptions) } } : {}),
    },
  };
}
