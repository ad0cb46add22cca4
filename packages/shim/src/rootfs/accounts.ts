import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InvalidArgumentError } from '@wharf/core';
import {
  O_CLOEXEC,
  O_PATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  openDirectory,
  type Native,
} from '@wharf/linux/native';
import { resolveUser, type ResolvedUser, type UserRequest } from '@wharf/oci';

const largestTable = 1024 * 1024;

/** Who `request` is by the tables of this root filesystem, which may be hostile: invalid-argument for what it lacks. */
export function lookUpUser(native: Native, root: string, request: UserRequest): ResolvedUser {
  const rootFd = openDirectory(native, root);
  try {
    const passwd = readTable(native, rootFd, 'etc/passwd');
    const group = readTable(native, rootFd, 'etc/group');
    return resolveUser(request, passwd, group);
  } finally {
    closeSync(rootFd);
  }
}

/** The file's bytes, found without leaving the root; undefined when it is not there or no regular file. */
function readTable(native: Native, rootFd: number, path: string): Uint8Array | undefined {
  let found: number;
  try {
    found = native.openat2(
      rootFd,
      path,
      O_PATH | O_CLOEXEC,
      0,
      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    );
  } catch {
    return undefined;
  }
  try {
    // Looked at before it is opened: opening a device or a FIFO has effects.
    const stat = fstatSync(found);
    if (!stat.isFile()) return undefined;
    if (stat.size > largestTable) {
      throw new InvalidArgumentError(`/${path} of the image is over the limit of 1 MiB`);
    }
    return readBytes(`/proc/self/fd/${found}`, stat.size);
  } finally {
    closeSync(found);
  }
}

/** At most the size that it had: one that grows meanwhile is cut. */
function readBytes(path: string, size: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(size);
    let at = 0;
    for (let n = -1; n !== 0 && at < size; at += n) {
      n = readSync(fd, buffer, at, size - at, null);
    }
    return buffer.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}
