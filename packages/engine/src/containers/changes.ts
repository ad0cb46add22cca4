import type { CallOptions, FileChange } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/** Made for every container to be mounted on, so no change of this one; docker has them in a layer of its own. */
export const mountStubs: readonly string[] = [
  '/dev',
  '/dev/console',
  '/dev/init',
  '/dev/mqueue',
  '/dev/pts',
  '/dev/shm',
  '/etc',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/proc',
  '/sys',
];

export async function containerChanges(
  context: ContainerContext,
  ref: string,
  { signal }: CallOptions,
): Promise<readonly FileChange[]> {
  const { id, resolved } = context.records.lookup(ref);
  const lower = await context.images.lowerDirectories(resolved.imageManifest);
  const { upper } = context.paths(id);
  return context.pack.changes({ upper, lower, stubs: mountStubs }, { signal });
}
