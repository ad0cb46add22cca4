import { FailedPreconditionError } from '@wharf/core';
import { O_NOFOLLOW, O_PATH, anchoredInMount } from '../../../native/constants.js';
import type { FileStatus, Native } from '../../../native/types.js';
import { resolveInRoot } from '../../files/resolve.js';
import { attributesOf } from '../../pack/tree/attributes.js';
import { isDirectory, isRegular, isWhiteout, kindOf } from '../../pack/tree/kinds.js';
import { TreeWalk } from '../../pack/tree/walk.js';
import type { Visit } from '../../pack/tree/walk.js';
import type { EntryType } from '../../tar/entry.js';
import { errnoOf, faultOf } from '../../unpack/apply/faults.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import { shownName } from '../../unpack/apply/names.js';
import type { Source, SourceEntry } from './source.js';

const none: ReadonlyMap<string, Uint8Array> = new Map();
const self = Buffer.alloc(0);

/** The files below a descriptor: layers that are mounted on each other, read by descriptors alone (R1). */
export function stackSource(native: Native, rootFd: number): Source {
  const found = (name: LayerPath, follow: boolean) => {
    const { path, status } = resolveInRoot(native, rootFd, name, { follow });
    return status === null || isWhiteout(status) ? undefined : { path, status };
  };
  return {
    find(name, { follow }) {
      const at = found(name, follow);
      if (at === undefined) return undefined;
      return { path: at.path, isDirectory: isDirectory(at.status), isFile: isRegular(at.status) };
    },
    list: (directory) => list(native, rootFd, directory),
    *walk({ start, include }) {
      const stopped = () => false;
      for (const visit of new TreeWalk({
        native,
        rootFd,
        start,
        crossMounts: false,
        stopped,
        include,
      })) {
        const kind = kindOf(visit.status);
        if (kind !== undefined && !isWhiteout(visit.status)) yield entryOf(native, visit, kind);
      }
    },
    treeDigest: () => undefined,
  };
}

function list(native: Native, rootFd: number, directory: LayerPath) {
  const path = directory === '' ? '.' : Buffer.from(directory, 'latin1');
  let fd: number;
  try {
    fd = native.openat2(rootFd, path, O_PATH | O_NOFOLLOW, 0, anchoredInMount);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error))) return [];
    throw faultOf(error, directory, 'read');
  }
  try {
    const top = native.statAt(fd, '');
    if (top === null || !isDirectory(top)) return [];
    return native
      .readDirectory(fd)
      .sort()
      .flatMap((name) => {
        const status = native.statAt(fd, Buffer.from(name, 'latin1'));
        if (status === null || isWhiteout(status)) return [];
        return [{ name, isDirectory: isDirectory(status) }];
      });
  } finally {
    native.close(fd);
  }
}

function entryOf(native: Native, visit: Visit, kind: EntryType): SourceEntry {
  const { path, fd, name, status } = visit;
  const { uid, gid, size, major, minor } = status;
  return {
    path,
    kind,
    mode: status.mode & 0o7777,
    uid,
    gid,
    size: kind === 'file' ? size : 0,
    major,
    minor,
    target: kind === 'symlink' ? linkTarget(native, visit) : '',
    ...twinOf(status, kind),
    open() {
      const opened = native.openRegular(fd, name);
      if (opened === null)
        throw new FailedPreconditionError(`${shownName(path)} is no file any more, try again`);
      return opened;
    },
    // By an open descriptor: paths would need /proc before Linux 6.13, which is not where this thread is.
    attributes(opened) {
      if (kind === 'file' && opened !== undefined) return attributesOf(native, opened, self).kept;
      return kind === 'directory' ? attributesOf(native, fd, self).kept : none;
    },
  };
}

function twinOf({ links, device, inode }: FileStatus, kind: EntryType): { readonly twin?: string } {
  return kind === 'file' && links > 1 ? { twin: `${device}:${inode}` } : {};
}

function linkTarget(native: Native, { fd, name, path }: Visit): string {
  try {
    return Buffer.from(native.readlinkat(fd, name)).toString('latin1');
  } catch (error) {
    throw faultOf(error, path, 'read');
  }
}
