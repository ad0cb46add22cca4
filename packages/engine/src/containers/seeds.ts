import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerMount } from '@wharf/core';

/** Makes the directories of anonymous volumes that are not there yet. */
export async function makeVolumes(
  mounts: readonly ContainerMount[],
): Promise<readonly ContainerMount[]> {
  const volumes = mounts.filter((mount) => mount.kind === 'volume');
  for (const { source } of volumes) {
    await mkdir(dirname(source), { recursive: true, mode: 0o700 });
    await mkdir(source, { recursive: true, mode: 0o755 });
  }
  return volumes;
}
