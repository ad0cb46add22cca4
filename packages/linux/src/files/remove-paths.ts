import type { Native } from '../../native/types.js';
import {
  AT_REMOVEDIR,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  anchoredInMount,
} from '../../native/constants.js';
import { cleanName, splitName } from '../unpack/apply/names.js';
import { errnoOf } from '../unpack/apply/faults.js';

const directoryFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW;

/** Removes paths with all that is in them, each reached from its directory's descriptor. What is gone already is fine. */
export function removePaths(native: Native, rootFd: number, paths: readonly string[]): void {
  for (const path of paths) {
    const name = cleanName(Buffer.from(path, 'latin1'));
    if (name === '') continue;
    const { dir, base } = splitName(name);
    const parent = open(native, rootFd, dir === '' ? '.' : dir);
    if (parent === undefined) continue;
    try {
      remove(native, parent, base);
    } finally {
      native.close(parent);
    }
  }
}

function remove(native: Native, parent: number, name: string): void {
  const bytes = Buffer.from(name, 'latin1');
  const errno = failing(() => native.unlinkat(parent, bytes, 0));
  if (errno !== 'EISDIR' && errno !== 'EPERM') return;
  const directory = open(native, parent, name);
  if (directory === undefined) return;
  try {
    for (const child of native.readDirectory(directory)) remove(native, directory, child);
  } finally {
    native.close(directory);
  }
  native.unlinkat(parent, bytes, AT_REMOVEDIR);
}

function failing(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (['EISDIR', 'EPERM', 'ENOENT'].includes(errno)) return errno;
    throw error;
  }
}

function open(native: Native, parent: number, path: string): number | undefined {
  try {
    return native.openat2(parent, Buffer.from(path, 'latin1'), directoryFlags, 0, anchoredInMount);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error))) return undefined;
    throw error;
  }
}
