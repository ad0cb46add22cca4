import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, Container, DiskUsage, VolumeUsage } from '@wharf/core';
import { treeSize } from '../containers/size.js';
import type { SystemDependencies } from './system.js';

/** Everything once: layers, blobs, writable layers, volumes. */
export async function diskUsage(
  { images, containers, dataRoot }: SystemDependencies,
  { signal }: CallOptions,
): Promise<DiskUsage> {
  const all = await containers.list({ signal, all: true, size: true });
  const { layersSize, contentSize, reclaimable } = await images.usage();
  return {
    layersSize,
    contentSize,
    images: await images.list({ signal, sharedSize: true }),
    containers: all,
    volumes: await volumeUsage(join(dataRoot, 'volumes'), all, signal),
    reclaimableImages: reclaimable,
  };
}

async function volumeUsage(
  root: string,
  containers: readonly Container[],
  signal: AbortSignal,
): Promise<readonly VolumeUsage[]> {
  const names = await readdir(root).catch(() => []);
  const links = (name: string): number =>
    containers.filter(({ resolved }) => resolved.mounts.some((mount) => mount.name === name))
      .length;
  return Promise.all(
    names.toSorted().map(async (name) => ({
      name,
      size: await treeSize(join(root, name, '_data'), signal),
      links: links(name),
    })),
  );
}
