import { InvalidArgumentError } from '@wharf/core';
import { constants } from 'node:fs';
import type { FileStatus, Native } from '../../native/types.js';
import { S_IFLNK, S_IFMT, O_PATH, anchored } from '../../native/constants.js';
import { join } from '../unpack/apply/directories.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName, splitName } from '../unpack/apply/names.js';
import { errnoOf } from '../unpack/apply/faults.js';

/** As many as the kernel follows, path_resolution(7). */
const maxLinks = 40;

export interface Found {
  /** The real path from the root, without links; '' is the root. What does not exist is taken as it is written. */
  readonly path: LayerPath;
  /** null where nothing is. */
  readonly status: FileStatus | null;
}

/**
 * What a path means inside the root: links on the way (and, with `follow`, the last one) are followed as a process in
 * the root would, `..` stops at the root. Each step looks at one name below `rootFd`, without following (R1).
 * @throws InvalidArgumentError for a path that leads in circles
 */
export function resolveInRoot(
  native: Native,
  rootFd: number,
  name: LayerPath,
  { follow }: { readonly follow: boolean },
): Found {
  const pending = partsOf(name);
  let found: Found = { path: '', status: native.statAt(rootFd, '') };
  let links = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '..') {
      found = at(native, rootFd, splitName(found.path).dir);
      continue;
    }
    const path = join(found.path, part);
    const next = at(native, rootFd, path);
    const target = follow || pending.length > 0 ? linkTarget(native, rootFd, next) : undefined;
    if (target === undefined) {
      found = next;
      continue;
    }
    if (++links > maxLinks) {
      throw new InvalidArgumentError(
        `${shownName(name)} leads through more than ${maxLinks} links`,
      );
    }
    if (target.startsWith('/')) found = at(native, rootFd, '');
    pending.push(...partsOf(target));
  }
  return found;
}

/** As the kernel's lookup; a path that is too long for it is one that does not exist. */
function at(native: Native, rootFd: number, path: LayerPath): Found {
  try {
    return { path, status: native.statAt(rootFd, Buffer.from(path, 'latin1')) };
  } catch (error) {
    if (errnoOf(error) !== 'ENAMETOOLONG') throw error;
    return { path, status: null };
  }
}

function linkTarget(
  native: Native,
  rootFd: number,
  { path, status }: Found,
): LayerPath | undefined {
  if (status === null || (status.mode & S_IFMT) !== S_IFLNK) return undefined;
  let fd: number;
  try {
    const flags = O_PATH | constants.O_NOFOLLOW;
    fd = native.openat2(rootFd, Buffer.from(path, 'latin1'), flags, 0, anchored);
  } catch {
    return undefined;
  }
  try {
    return Buffer.from(native.readlinkat(fd, '')).toString('latin1');
  } catch (error) {
    // It is something else by now.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  } finally {
    native.close(fd);
  }
}

/** Components in reverse, so that the next one is popped. */
function partsOf(path: LayerPath): LayerPath[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}
