import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
} from '../../../native/constants.js';
import type { FileStatus, Native } from '../../../native/types.js';
import { isOpaque } from '../../pack/tree/attributes.js';
import { isRegular } from '../../pack/tree/kinds.js';
import { TreeWalk } from '../../pack/tree/walk.js';
import { faultOf } from '../../unpack/apply/faults.js';
import type { SealedTree, SealJob } from '../protocol.js';
import { removeStubs } from './stubs.js';

/** What says something of a layer by itself; all else is what one mount noted for itself. */
const meant = new Set(['opaque', 'redirect', 'metacopy', 'whiteout', 'xattr'].map(overlay));
const prefix = 'trusted.overlay.';

function overlay(name: string): string {
  return `trusted.overlay.${name}`;
}

/** Makes the upper directory of an overlay that is not mounted a layer: by descriptors alone, no link is followed. */
export function seal(native: Native, { request }: SealJob): SealedTree {
  const { upper, lower, epochSeconds, stubs } = request;
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  const rootFd = native.openat2(AT_FDCWD, upper, flags, 0, 0);
  const below = lower.map((path) => native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0));
  try {
    removeStubs(native, { rootFd, below }, stubs);
    return walk(native, rootFd, epochSeconds);
  } finally {
    for (const fd of [rootFd, ...below]) native.close(fd);
  }
}

function walk(native: Native, rootFd: number, epochSeconds: number): SealedTree {
  const epoch = { sec: BigInt(epochSeconds), nsec: 0 };
  const twins = new Set<bigint>();
  let [size, entries] = [0, 0];
  const visits = new TreeWalk({
    native,
    rootFd,
    start: '',
    crossMounts: false,
    stopped: () => false,
    include: () => true,
  });
  for (const { path, fd, name, status } of visits) {
    try {
      forget(native, fd, name);
      if (isYounger(status, epochSeconds)) {
        const here = name.length === 0 ? Buffer.from('.') : name;
        native.utimensat(fd, here, epoch, epoch, AT_SYMLINK_NOFOLLOW);
      }
    } catch (error) {
      throw faultOf(error, path, 'finished');
    }
    if (path !== '') entries++;
    if (isRegular(status) && !isKnown(twins, status)) size += status.size;
  }
  return { size, entries, opaqueRoot: isOpaque(native, rootFd, Buffer.alloc(0)) };
}

function isYounger({ mtimeSec, mtimeNsec }: FileStatus, epochSeconds: number): boolean {
  return mtimeSec > epochSeconds || (mtimeSec === epochSeconds && mtimeNsec > 0);
}

function isKnown(twins: Set<bigint>, { links, inode }: FileStatus): boolean {
  if (links < 2) return false;
  const known = twins.has(inode);
  twins.add(inode);
  return known;
}

function forget(native: Native, fd: number, name: Buffer): void {
  for (const attribute of native.listxattrAt(fd, name))
    if (attribute.startsWith(prefix) && !meant.has(attribute))
      native.removexattrAt(fd, name, Buffer.from(attribute, 'latin1'));
}
