import { ResourceExhaustedError } from '@wharf/core';
import { maxUserDatabaseBytes, parseId, resolveUser } from '@wharf/oci';
import { fstatSync, readSync } from 'node:fs';
import type { Native } from '../../../native/types.js';
import { resolveInRoot } from '../../files/resolve.js';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who USER[:GROUP] is by the tables of a root, which may be hostile; undefined for nothing. A number without a group is the
 * group too, a name without one has the group of its line.
 * @throws InvalidArgumentError for a name that the tables lack
 */
export function ownerOf(native: Native, rootFd: number, text: string): Owner | undefined {
  if (text === '') return undefined;
  const alone = text.includes(':') ? undefined : parseId(text);
  if (alone !== undefined) return { uid: alone, gid: alone };
  const { uid, gid } = resolveUser(
    { user: text, groupAdd: [] },
    table(native, rootFd, 'etc/passwd'),
    table(native, rootFd, 'etc/group'),
  );
  return { uid, gid };
}

/** Undefined when it is no regular file. */
function table(native: Native, rootFd: number, name: string): Uint8Array | undefined {
  const { path } = resolveInRoot(native, rootFd, name, { follow: true });
  const fd = native.openRegular(rootFd, Buffer.from(path, 'latin1'));
  if (fd === null) return undefined;
  try {
    const { size } = fstatSync(fd);
    if (size > maxUserDatabaseBytes)
      throw new ResourceExhaustedError(
        `/${name} of the image has ${size} bytes, the limit is ${maxUserDatabaseBytes}`,
      );
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let got = -1; got !== 0 && at < size; at += got)
      got = readSync(fd, bytes, at, size - at, at);
    return bytes.subarray(0, at);
  } finally {
    native.close(fd);
  }
}
