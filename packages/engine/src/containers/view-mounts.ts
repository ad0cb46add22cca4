import { join } from 'node:path';
import type { ContainerMount } from '@wharf/core';
import type { ViewMount } from './file-ports.js';
import type { ContainerPaths } from './paths.js';
import type { ContainerRecord } from './records.js';
import { cleanPath } from './runtime-spec/targets.js';

/** Binds, volumes and the daemon's own files as they are seen in the container. Its file systems in memory are its own. */
export function viewMounts(
  { spec, resolved }: Pick<ContainerRecord, 'spec' | 'resolved'>,
  { etc }: Pick<ContainerPaths, 'etc'>,
): readonly ViewMount[] {
  const flat = new Set(
    spec.mounts.filter((mount) => mount.nonRecursive).map(({ target }) => cleanPath(target)),
  );
  const taken = new Set(resolved.mounts.map(({ target }) => cleanPath(target)));
  const own = resolved.mounts
    // Of a plugin's volume only a start knows where it is.
    .filter(({ kind, source }) => (kind === 'bind' || kind === 'volume') && source !== '')
    .map((mount) => toViewMount(mount, !flat.has(cleanPath(mount.target))));
  const system = ['hosts', 'hostname', 'resolv.conf']
    .map((name) => ({ target: `/etc/${name}`, source: join(etc, name) }))
    .filter(({ target }) => !taken.has(target))
    .map((mount) => ({
      ...mount,
      readOnly: spec.readOnlyRootfs,
      recursive: false,
      optional: true,
      seeded: false,
    }));
  return [...own, ...system];
}

function toViewMount(mount: ContainerMount, recursive: boolean): ViewMount {
  const { subpath, noCopy } = mount.detail ?? {};
  return {
    source: mount.source,
    ...(subpath === undefined ? {} : { subpath }),
    target: cleanPath(mount.target),
    readOnly: !mount.readWrite,
    recursive,
    optional: false,
    seeded: mount.kind === 'volume' && noCopy !== true,
  };
}
