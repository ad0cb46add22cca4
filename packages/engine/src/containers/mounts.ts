import {
  NotFoundError,
  type CallOptions,
  type ContainerMount,
  type ContainerSpec,
  type Image,
  type MountDetail,
  type MountSpec,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { cleanPath } from './runtime-spec/targets.js';
import {
  excludedVolumes,
  giveVolumes,
  imageVolumes,
  inheritedMounts,
  namedVolume,
  type ResolvedMounts,
  type WantedVolume,
} from './volume-mounts.js';

/**
 * The mounts as inspect shows them. Sources of binds are checked, or made for the -v form; volumes are made when they
 * are missing. An own mount takes the place of one that comes from another container or the image.
 */
export async function resolveMounts(
  context: ContainerContext,
  spec: ContainerSpec,
  image: Image,
  { signal }: CallOptions,
): Promise<ResolvedMounts> {
  const entries: (ContainerMount | WantedVolume)[] = [];
  const own = new Set(spec.mounts.map((mount) => cleanPath(mount.target)));
  const inherited = inheritedMounts(context, spec).filter(
    ({ target }) => !own.has(cleanPath(target)),
  );
  for (const mount of spec.mounts) {
    signal.throwIfAborted();
    entries.push(await ownMount(context, mount), ...excludedVolumes(mount));
  }
  entries.push(...inherited);
  const covered = new Set([...own, ...inherited.map(({ target }) => cleanPath(target))]);
  return giveVolumes(context, [...entries, ...imageVolumes(image, covered)], { signal });
}

async function ownMount(
  context: ContainerContext,
  mount: MountSpec,
): Promise<ContainerMount | WantedVolume> {
  const { kind } = mount;
  if (kind === 'volume') return namedVolume(mount);
  if (kind === 'bind') await context.host.ensureBindSource(mount.source, mount.createSource);
  const detail = kind === 'image' ? await imageDetail(context, mount) : bindDetail(mount);
  const readWrite = !mount.readOnly && kind !== 'image';
  return {
    kind,
    name: '',
    source: mount.source,
    target: mount.target,
    driver: '',
    mode: readWrite ? '' : 'ro',
    readWrite,
    propagation: kind === 'bind' ? (mount.propagation ?? 'rprivate') : '',
    ...(Object.keys(detail).length === 0 ? {} : { detail }),
  };
}

function bindDetail({ kind, owner, nonRecursive }: MountSpec): MountDetail {
  if (kind !== 'bind') return {};
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(nonRecursive ? { nonRecursive } : {}),
  };
}

async function imageDetail(
  { images }: Pick<ContainerContext, 'images'>,
  { source, subpath }: MountSpec,
): Promise<MountDetail> {
  const found = await images.resolve(source, undefined);
  if (found === undefined) throw new NotFoundError('image', source);
  const { manifestDigest: manifest } = found.image;
  return { manifest, ...(subpath === undefined ? {} : { subpath }) };
}
