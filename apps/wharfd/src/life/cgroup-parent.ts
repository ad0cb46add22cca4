import { removeCgroup } from '@wharf/linux/native';

/** Removes the parent of the containers' control groups when none is below it any more; otherwise it stays. */
export function removeEmptyParent(path: string, version: 1 | 2): void {
  removeCgroup({ version, path });
}
