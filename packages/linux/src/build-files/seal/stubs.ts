import { posix } from 'node:path';
import {
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  anchoredInMount,
} from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { isOpaque } from '../../pack/tree/attributes.js';
import { isDirectory, isRegular, isWhiteout } from '../../pack/tree/kinds.js';
import { errnoOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { splitName } from '../../unpack/apply/names.js';

const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const gone = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV'];

interface Layers {
  readonly rootFd: number;
  readonly below: readonly number[];
}

/**
 * Takes places for mounts away: those that are empty and that no layer below has. The process of the step may have put
 * anything in their place or on the way: nothing is followed, and the directory that one is in keeps its time.
 * @param stubs absolute
 */
export function removeStubs(native: Native, layers: Layers, stubs: readonly string[]): void {
  const names = stubs.map((stub) => Buffer.from(posix.normalize(`/${stub}`)).toString('latin1'));
  // What lies deeper first, so that what it lies in is empty then.
  for (const name of names.toSorted((a, b) => b.length - a.length)) {
    const path = name.replace(/^\/+|\/+$/g, '');
    if (path !== '' && !isBelow(native, layers, path)) remove(native, layers.rootFd, path);
  }
}

function remove(native: Native, rootFd: number, path: LayerPath): void {
  const { dir, base } = splitName(path);
  const name = Buffer.from(base, 'latin1');
  const parent = open(native, rootFd, dir);
  if (parent === undefined) return;
  try {
    const before = native.statAt(parent, '');
    const status = native.statAt(parent, name);
    if (before === null || status === null) return;
    if (isDirectory(status)) native.unlinkat(parent, name, AT_REMOVEDIR);
    else if (isRegular(status) && status.size === 0) native.unlinkat(parent, name, 0);
    const mtime = { sec: BigInt(before.mtimeSec), nsec: before.mtimeNsec };
    native.utimensat(parent, '.', mtime, mtime, AT_SYMLINK_NOFOLLOW);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', ...gone].includes(errnoOf(error))) throw error;
  } finally {
    native.close(parent);
  }
}

/** Whether the layers below show something there. Where that is not sure it says so: an empty directory that stays does no harm. */
function isBelow(native: Native, { rootFd, below }: Layers, path: LayerPath): boolean {
  if (hidesBelow(native, rootFd, splitName(path).dir)) return false;
  for (const fd of below) {
    const status = native.statAt(fd, Buffer.from(path, 'latin1'));
    if (status !== null) return !isWhiteout(status);
    if (hidesBelow(native, fd, splitName(path).dir)) return false;
  }
  return false;
}

/** Whether a layer has an opaque directory, or something else, on the way. */
function hidesBelow(native: Native, rootFd: number, directory: LayerPath): boolean {
  const parts = directory === '' ? [] : directory.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const name = Buffer.from(parts.slice(0, length).join('/'), 'latin1');
    const status = native.statAt(rootFd, name);
    if (status === null) return false;
    if (!isDirectory(status) || isOpaque(native, rootFd, name)) return true;
  }
  return false;
}

function open(native: Native, rootFd: number, path: LayerPath): number | undefined {
  try {
    const name = path === '' ? '.' : Buffer.from(path, 'latin1');
    return native.openat2(rootFd, name, flags, 0, anchoredInMount);
  } catch (error) {
    if (gone.includes(errnoOf(error))) return undefined;
    throw error;
  }
}
