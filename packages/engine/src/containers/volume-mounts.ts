import { posix } from 'node:path';
import type {
  CallOptions,
  ContainerMount,
  ContainerSpec,
  Image,
  MountDetail,
  MountSpec,
} from '@wharf/core';
import type { GivenVolume, VolumeWish } from '../volumes/use.js';
import type { ContainerContext } from './dependencies.js';
import { cleanPath } from './runtime-spec/targets.js';

/** A mount whose volume is not known yet. */
export interface WantedVolume {
  readonly wish: VolumeWish;
  readonly mount: (volume: GivenVolume) => ContainerMount;
}

const nothing = { driver: '', driverOptions: {}, labels: {} };

/** A volume of --mount or -v. */
export function namedVolume(mount: MountSpec): WantedVolume {
  const { driver, driverOptions, labels, noCopy = false } = { ...nothing, ...mount.volume };
  const { uid, gid, mode } = mount.owner ?? {};
  const detail: MountDetail = {
    ...(noCopy || mount.subpath !== undefined ? { noCopy: true } : {}),
    ...(mount.subpath === undefined ? {} : { subpath: mount.subpath }),
    ...(mount.owner === undefined ? {} : { owner: mount.owner }),
  };
  return {
    wish: {
      spec: { name: mount.source, driver, driverOptions, labels },
      owner: {
        ...(uid === undefined ? {} : { uid }),
        ...(gid === undefined ? {} : { gid }),
        ...(mode === undefined ? {} : { mode }),
      },
    },
    mount: (volume) =>
      volumeMount(volume, {
        target: mount.target,
        readOnly: mount.readOnly,
        ...(Object.keys(detail).length === 0 ? {} : { detail }),
      }),
  };
}

/** One without a name: of the image, or of a path that a mount is not to show. */
export function emptyVolume(target: string, detail?: MountDetail): WantedVolume {
  return {
    wish: { spec: { ...nothing, name: '' }, owner: {} },
    mount: (volume) =>
      volumeMount(volume, { target, readOnly: false, ...(detail === undefined ? {} : { detail }) }),
  };
}

/** What `exclude` takes away from a mount: each path is an empty directory of the container's own. */
export function excludedVolumes({ target, exclude = [] }: MountSpec): readonly WantedVolume[] {
  return exclude.map((path) => emptyVolume(posix.join(target, path), { noCopy: true }));
}

/** For each VOLUME of the image that no mount covers. */
export function imageVolumes(image: Image, covered: ReadonlySet<string>): readonly WantedVolume[] {
  return image.config.volumes
    .filter((target) => !covered.has(cleanPath(target)))
    .map((target) => emptyVolume(target));
}

function volumeMount(
  { name, path, driver, owned }: GivenVolume,
  how: {
    readonly target: string;
    readonly readOnly: boolean;
    readonly detail?: MountDetail;
  },
): ContainerMount {
  const { target, readOnly } = how;
  const detail = owned ? { ...how.detail, keepOwner: true } : how.detail;
  return {
    kind: 'volume',
    name,
    source: path,
    target,
    driver,
    mode: readOnly ? 'ro' : '',
    readWrite: !readOnly,
    propagation: '',
    ...(detail === undefined ? {} : { detail }),
  };
}

/** --volumes-from: binds, volumes and images of other containers, at the same places. */
export function inheritedMounts(
  { records }: Pick<ContainerContext, 'records'>,
  { volumesFrom }: Pick<ContainerSpec, 'volumesFrom'>,
): readonly ContainerMount[] {
  const byTarget = new Map<string, ContainerMount>();
  for (const text of volumesFrom) {
    const [ref = '', mode = ''] = text.split(':');
    for (const mount of records.lookup(ref).resolved.mounts) {
      if (mount.kind === 'tmpfs') continue;
      const readWrite = mount.readWrite && mode !== 'ro';
      byTarget.set(cleanPath(mount.target), {
        ...mount,
        readWrite,
        mode: readWrite ? mount.mode : 'ro',
      });
    }
  }
  return [...byTarget.values()];
}

/** The mounts, and their volumes kept until the container's record names them. */
export interface ResolvedMounts extends Disposable {
  readonly mounts: readonly ContainerMount[];
}

/** Finds or makes the volumes that are wanted, and puts them in the place of the wishes. */
export async function giveVolumes(
  { volumes }: Pick<ContainerContext, 'volumes'>,
  entries: readonly (ContainerMount | WantedVolume)[],
  { signal }: CallOptions,
): Promise<ResolvedMounts> {
  const wanted = entries.filter((entry) => 'wish' in entry);
  const given = await volumes.give(
    wanted.map(({ wish }) => wish),
    { signal },
  );
  const of = new Map(wanted.map((entry, at) => [entry, given.volumes[at]]));
  const mounts = entries.flatMap((entry): readonly ContainerMount[] => {
    if (!('wish' in entry)) return [entry];
    const volume = of.get(entry);
    return volume === undefined ? [] : [entry.mount(volume)];
  });
  return { mounts, [Symbol.dispose]: () => given[Symbol.dispose]() };
}
