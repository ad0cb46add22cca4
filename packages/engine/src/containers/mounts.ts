import {
  InvalidArgumentError,
  type CallOptions,
  type ContainerMount,
  type ContainerSpec,
  type Image,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { cleanPath } from './runtime-spec/targets.js';

/** The mounts as inspect shows them. Sources of binds are checked, or made for the -v form. */
export async function resolveMounts(
  context: ContainerContext,
  spec: ContainerSpec,
  image: Image,
  { signal }: CallOptions,
): Promise<readonly ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const mount of spec.mounts) {
    signal.throwIfAborted();
    if (mount.kind !== 'bind' && mount.kind !== 'tmpfs') {
      throw new InvalidArgumentError(
        `mount type "${mount.kind}" is not supported, use bind or tmpfs`,
      );
    }
    if (mount.kind === 'bind')
      await context.host.ensureBindSource(mount.source, mount.createSource);
    mounts.push({
      kind: mount.kind,
      name: '',
      source: mount.source,
      target: mount.target,
      driver: '',
      mode: mount.readOnly ? 'ro' : '',
      readWrite: !mount.readOnly,
      propagation: mount.kind === 'bind' ? (mount.propagation ?? 'rprivate') : '',
    });
  }
  return [...mounts, ...anonymousVolumes(context, spec, image)];
}

/** A directory of its own for each VOLUME of the image that no mount covers. */
function anonymousVolumes(
  context: ContainerContext,
  spec: ContainerSpec,
  image: Image,
): ContainerMount[] {
  const covered = new Set(spec.mounts.map((mount) => cleanPath(mount.target)));
  return image.config.volumes
    .filter((target) => !covered.has(target))
    .map((target) => {
      const volume = context.newVolume();
      return {
        kind: 'volume',
        name: volume.name,
        source: volume.path,
        target,
        driver: 'local',
        mode: '',
        readWrite: true,
        propagation: '',
      };
    });
}
