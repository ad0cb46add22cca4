import { posix } from 'node:path';
import { InvalidArgumentError, type MountSpec, type VolumeMountOptions } from '@wharf/core';

export const propagations: readonly string[] = [
  'shared',
  'rshared',
  'slave',
  'rslave',
  'private',
  'rprivate',
];

/** A mount in which everything but source and target has its default. */
export function plainMount(kind: MountSpec['kind'], source: string, target: string): MountSpec {
  return {
    kind,
    source,
    target,
    readOnly: false,
    createSource: false,
    nonRecursive: false,
    tmpfsSize: 0n,
    tmpfsMode: 0,
    tmpfsOptions: [],
  };
}

/** A volume as it is made when nothing is said of it. */
export const plainVolume: VolumeMountOptions = {
  noCopy: false,
  driver: '',
  driverOptions: {},
  labels: {},
};

/**
 * A path below the top of what is mounted, without `.` and double slashes.
 * @throws InvalidArgumentError for one that leads out of it, or is the top itself
 */
export function relativeInside(path: string): string {
  const clean = posix.normalize(path).replace(/\/+$/, '');
  const out = clean === '..' || clean.startsWith('../') || clean.startsWith('/');
  if (path !== '' && clean !== '.' && !out && !clean.includes('\0')) return clean;
  throw new InvalidArgumentError(
    `invalid path ${JSON.stringify(path)}: it must be relative and lead to something inside the mount`,
  );
}
