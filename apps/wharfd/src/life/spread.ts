import { join } from 'node:path';
import type { Native } from '@wharf/linux/native';

/** What is in one of these has nothing to do with what is in its neighbour. */
const parents = ['snapshots', 'containers', 'volumes', join('builds', 'tmp')];

/**
 * Layers, containers and volumes each get a place of their own on the disk, where the file system can. On ext4 a new file
 * otherwise passes over all inodes that were freed nearby in the last minutes, one by one: 10,000 files take seconds after
 * 10,000 others were removed. It is but speed: one that is a link to another disk, or refuses it, is left as it is.
 */
export function spreadParents(native: Pick<Native, 'spreadDirectories'>, dataRoot: string): void {
  for (const parent of parents) {
    try {
      native.spreadDirectories(join(dataRoot, parent));
    } catch {
      // As it is.
    }
  }
}
