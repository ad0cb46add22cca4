import { constants, fstatSync, openSync } from 'node:fs';
import { anchoredInMount } from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import type { LookBelow } from './directories.js';
import { timeOf } from './directories.js';
import { errnoOf } from './faults.js';

const oPath = 0o10000000;
const flags = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Looks directories up in the layers below (topmost first), which are opened here, before the jail. A directory that an
 * entry implies but no entry describes keeps the owner and mode that it has below, instead of hiding them.
 */
export function openBelow(native: Native, lowerDirs: readonly string[]): LookBelow {
  const fds = lowerDirs.map((dir) => openSync(dir, flags));
  return (path) => {
    for (const fd of fds) {
      const found = lookIn(native, fd, Buffer.from(path, 'latin1'));
      if (found !== 'missing') return found;
    }
    return undefined;
  };
}

type Found = ReturnType<LookBelow> | 'missing';

/** A file, a link or a whiteout on the way hides what lies further below: that is undefined, not missing. */
function lookIn(native: Native, root: number, path: Buffer): Found {
  let fd: number;
  try {
    fd = native.openat2(root, path, flags, 0, anchoredInMount);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'missing' : undefined;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    return {
      mode: Number(stats.mode & 0o7777n),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      atime: timeOf(stats.atimeNs),
      mtime: timeOf(stats.mtimeNs),
    };
  } finally {
    native.close(fd);
  }
}
