import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupDirectories, removeCgroup, type CgroupPlace } from '@wharf/linux/native';
import { shimsName } from './shim-cgroup.js';

/** How long a process of ours that was told to end may still be on its way out of its group. */
const endingMs = 1000;
const pauseMs = 5;

/** Removes the parent of the containers' control groups when none is below it any more; otherwise it stays. */
export async function removeEmptyParent(place: CgroupPlace): Promise<void> {
  const deadline = performance.now() + endingMs;
  // The kernel closes the files of a process, which is how its end is seen, before the process leaves its groups.
  while (!removeCgroup(place) && !hasContainers(place) && performance.now() < deadline) {
    await sleep(pauseMs);
  }
}

function hasContainers(place: CgroupPlace): boolean {
  return cgroupDirectories(place).some((directory) =>
    readdirSync(directory, { withFileTypes: true }).some(
      (entry) => entry.isDirectory() && entry.name !== shimsName,
    ),
  );
}
