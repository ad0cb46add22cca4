import type { FileStatus } from '../../../native/types.js';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../../native/constants.js';
import type { EntryType } from '../../tar/entry.js';

const kinds: ReadonlyMap<number, EntryType> = new Map([
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFCHR, 'character'],
  [S_IFBLK, 'block'],
  [S_IFIFO, 'fifo'],
]);

/** What an archive calls it; undefined for a socket, which cannot be archived. */
export function kindOf(status: FileStatus): EntryType | undefined {
  return kinds.get(status.mode & S_IFMT);
}

export function isDirectory(status: FileStatus): boolean {
  return (status.mode & S_IFMT) === S_IFDIR;
}

export function isRegular(status: FileStatus): boolean {
  return (status.mode & S_IFMT) === S_IFREG;
}

/** A character device 0:0 of an overlay layer, kernel Documentation/filesystems/overlayfs.rst "whiteouts". */
export function isWhiteout(status: FileStatus): boolean {
  return (status.mode & S_IFMT) === S_IFCHR && status.major === 0 && status.minor === 0;
}
