import type { ImageMountPort } from '@wharf/engine/ports';
import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RESOLVE_NO_XDEV,
  UMOUNT_NOFOLLOW,
} from '../../native/constants.js';
import { openDirectory } from '../../native/ensure-path.js';
import { readBootId } from '../../native/identity.js';
import type { Native } from '../../native/types.js';
import { errnoOf, faultOf } from '../unpack/apply/faults.js';

/** Image mounts in the daemon's own mount namespace, which is the host's. */
export function createImageMountPort(native: Native): ImageMountPort {
  const isMounted = (target: string): boolean => isMountPoint(native, target);
  return {
    bootId: readBootId(),
    isMounted,
    async mount(lower, target) {
      await mkdir(target, { recursive: true, mode: 0o700 });
      try {
        const attributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID;
        native.overlayMount({ lower, target, attributes });
      } catch (error) {
        await rmdir(target).catch(() => undefined);
        throw faultOf(error, target, 'mounted on');
      }
    },
    async unmount(target) {
      try {
        while (isMounted(target)) native.umount(target, MNT_DETACH | UMOUNT_NOFOLLOW);
        await rmdir(target);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw faultOf(error, target, 'unmounted');
      }
    },
  };
}

/** Whether something is mounted there; a bind of the same file system has the same device, so the kernel is asked. */
function isMountPoint(native: Native, path: string): boolean {
  let parent: number;
  try {
    parent = openDirectory(native, dirname(path));
  } catch {
    return false;
  }
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  try {
    native.close(native.openat2(parent, basename(path), flags, 0, RESOLVE_NO_XDEV));
    return false;
  } catch (error) {
    return errnoOf(error) === 'EXDEV';
  } finally {
    native.close(parent);
  }
}
