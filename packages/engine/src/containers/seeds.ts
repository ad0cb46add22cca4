import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerMount } from '@wharf/core';
import type { TaskSpec } from './ports.js';

/** Makes the directories of volumes that are not there yet. */
export async function makeVolumes(mounts: readonly ContainerMount[]): Promise<void> {
  for (const { kind, source } of mounts) {
    if (kind !== 'volume' || source === '') continue;
    await mkdir(dirname(source), { recursive: true, mode: 0o701 });
    await mkdir(source, { recursive: true, mode: 0o755 });
  }
}

/** Volumes that the shim fills from the image while they are empty. */
export function volumeSeeds(mounts: readonly ContainerMount[]): TaskSpec['seeds'] {
  return mounts
    .filter(({ kind, detail }) => kind === 'volume' && detail?.noCopy !== true)
    .map(({ target, source, detail }) => {
      return { path: target, directory: source, keepOwner: detail?.keepOwner === true };
    });
}
