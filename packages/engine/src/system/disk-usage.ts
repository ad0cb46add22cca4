import type { CallOptions, DiskUsage } from '@wharf/core';
import type { SystemDependencies } from './system.js';

/** Everything once: layers, blobs, writable layers, volumes. */
export async function diskUsage(
  { images, containers, volumes }: SystemDependencies,
  { signal }: CallOptions,
): Promise<DiskUsage> {
  const all = await containers.list({ signal, all: true, size: true });
  const { layersSize, contentSize, reclaimable } = await images.usage();
  return {
    layersSize,
    contentSize,
    images: await images.list({ signal, sharedSize: true }),
    containers: all,
    volumes: (await volumes.list({ signal, size: true })).map(({ name, size = -1, usedBy }) => ({
      name,
      size,
      links: usedBy.length,
    })),
    reclaimableImages: reclaimable,
  };
}
