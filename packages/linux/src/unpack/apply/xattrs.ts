import { InvalidArgumentError } from '@wharf/core';
import type { LayerPath } from './names.js';
import { shownName } from './names.js';
import { errnoOf } from './faults.js';

/**
 * Whether an extended attribute of a layer is kept. `trusted.overlay.*` and `user.overlay.*` steer overlayfs and are
 * refused; labels of the host's security modules, other `trusted.*` and ACLs mean nothing here and are dropped.
 * @throws InvalidArgumentError when the layer is to be refused.
 */
export function keepXattr(name: string, path: LayerPath): boolean {
  if (name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')) {
    throw new InvalidArgumentError(
      `the layer is refused: ${shownName(path)} has the attribute ${shownName(name)}, which only overlayfs may set`,
      { facts: { entry: shownName(path) } },
    );
  }
  return name === 'security.capability' || (name.startsWith('user.') && name.length > 5);
}

/** Sets what is kept with `set`; returns how many were dropped, by the rule above or because the file system has none. */
export function applyXattrs(
  path: LayerPath,
  xattrs: ReadonlyMap<string, Buffer>,
  set: (name: Buffer, value: Buffer) => void,
): number {
  let dropped = 0;
  for (const [name, value] of xattrs) {
    if (!keepXattr(name, path) || !trySet(name, value, set)) dropped++;
  }
  return dropped;
}

/** EPERM: the kernel allows `user.*` on files and directories only, xattr(7). */
function trySet(name: string, value: Buffer, set: (name: Buffer, value: Buffer) => void): boolean {
  try {
    set(Buffer.from(name, 'latin1'), value);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOTSUP' || code === 'EOPNOTSUPP') return false;
    if (code === 'EPERM' && name.startsWith('user.')) return false;
    throw error;
  }
}
