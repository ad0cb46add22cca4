import { closeSync } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  type Native,
} from '@wharf/linux/native';
import type { Owner } from './prepare.js';

const inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
const typeBits = 0o170000;
const directoryType = 0o040000;

/**
 * Gives a tree to an owner, links themselves and not what they lead to. Each name is reached from a descriptor of its
 * directory, and no mount is entered; what goes meanwhile is passed over.
 */
export function chownTree(native: Native, top: number, owner: Owner): void {
  native.fchownat(top, '', owner.uid, owner.gid, AT_EMPTY_PATH);
  const status = native.statAt(top, '');
  if (status !== null && (status.mode & typeBits) === directoryType) below(native, top, owner);
}

function below(native: Native, directory: number, owner: Owner): void {
  for (const text of native.readDirectory(directory)) {
    const name = Buffer.from(text, 'latin1');
    const status = native.statAt(directory, name);
    if (status === null) continue;
    if (status.uid !== owner.uid || status.gid !== owner.gid)
      quietly(() => native.fchownat(directory, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW));
    if ((status.mode & typeBits) !== directoryType) continue;
    const child = quietly(() =>
      native.openat2(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, inside),
    );
    if (child === undefined) continue;
    try {
      below(native, child, owner);
    } finally {
      closeSync(child);
    }
  }
}

const passedOver = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV']);

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (passedOver.has(String((error as { code?: unknown }).code))) return undefined;
    throw error;
  }
}
