import { join } from 'node:path';
import type { ContainerMount } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { PreparedMount } from './ports.js';
import type { ContainerRecord } from './records.js';
import { cleanPath } from './runtime-spec/targets.js';

/** Mounts that the shim makes ready in its own mount namespace before the runtime binds them. */
export async function preparedMounts(
  context: Pick<ContainerContext, 'images' | 'paths'>,
  { id, resolved }: ContainerRecord,
): Promise<readonly PreparedMount[]> {
  const { bundle } = context.paths(id);
  const prepared = resolved.mounts.filter(isPrepared).map(async (mount, at) => {
    const { subpath = '', owner, manifest, nonRecursive = false } = mount.detail ?? {};
    const lower = manifest === undefined ? [] : await context.images.lowerDirectories(manifest);
    return {
      destination: cleanPath(mount.target),
      source: mount.kind === 'image' ? '' : mount.source,
      lower,
      subpath,
      target: join(bundle, 'mounts', String(at)),
      recursive: !nonRecursive,
      chown: owner?.chown === true,
      idmap: owner?.idmap ?? '',
    };
  });
  return Promise.all(prepared);
}

function isPrepared({ kind, detail }: ContainerMount): boolean {
  if (kind === 'image') return true;
  const { subpath, owner } = detail ?? {};
  return subpath !== undefined || owner?.chown === true || owner?.idmap !== undefined;
}
