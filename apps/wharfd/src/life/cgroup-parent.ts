import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
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
  let left = !removeCgroup(place);
  while (left && !hasContainers(place) && performance.now() < deadline) {
    await sleep(pauseMs);
    left = !removeShims(place);
  }
}

/** Not what is below in other groups: a daemon that shares the parent may be making a container. */
function removeShims(place: CgroupPlace): boolean {
  for (const directory of cgroupDirectories(place)) {
    try {
      rmdirSync(join(directory, shimsName));
    } catch {
      // Still busy, or gone.
    }
    try {
      rmdirSync(directory);
    } catch {
      // What is left is seen below.
    }
  }
  return cgroupDirectories(place).length === 0;
}

function hasContainers(place: CgroupPlace): boolean {
  return cgroupDirectories(place).some((directory) => {
    try {
      const entries = readdirSync(directory, { withFileTypes: true });
      return entries.some((entry) => entry.isDirectory() && entry.name !== shimsName);
    } catch {
      return false;
    }
  });
}
