import type { VolumePort } from '@wharf/engine/ports';
import { UnavailableError } from '@wharf/core';
import {
  AT_FDCWD,
  MNT_DETACH,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RENAME_EXCHANGE,
  RESOLVE_NO_XDEV,
  UMOUNT_NOFOLLOW,
} from '../../native/constants.js';
import { openDirectory } from '../../native/ensure-path.js';
import type { Native } from '../../native/types.js';
import { basename, dirname } from 'node:path';
import { errnoOf, faultOf } from '../unpack/apply/faults.js';
import { mountLocal } from './mount-local.js';

/** What the kernel says where there are none: no such call, not of this file system, not turned on. */
const noQuotas = new Set(['ENOSYS', 'EINVAL', 'EOPNOTSUPP', 'ENOTTY', 'ESRCH', 'EPERM', 'ENOTSUP']);

/** The engine's port for volumes: mounts in the daemon's own mount namespace, and copies of trees. */
export function createVolumePort(native: Native): VolumePort {
  const isMounted = (path: string): boolean => isMountPoint(native, path);
  return {
    isMounted,
    mountLocal: (target, mount, options) => mountLocal(native, target, mount, options),
    mountStack(target, { lower, upper, work }) {
      try {
        native.overlayMount({ lower, upper, work, target });
      } catch (error) {
        throw faultOf(error, target, 'mounted on');
      }
    },
    unmount(target) {
      try {
        while (isMounted(target)) native.umount(target, MNT_DETACH | UMOUNT_NOFOLLOW);
      } catch (error) {
        throw faultOf(error, target, 'unmounted');
      }
    },
    async copyTree(from, to, { signal, reflink = false }) {
      signal.throwIfAborted();
      const source = native.openat2(AT_FDCWD, from, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
      try {
        const target = native.openat2(AT_FDCWD, to, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
        try {
          await native.copyTree(source, target, reflink);
        } finally {
          native.close(target);
        }
      } catch (error) {
        if (errnoOf(error) === '') throw error;
        throw new UnavailableError(`the files could not be copied: ${errnoOf(error)}`, {
          cause: error,
        });
      } finally {
        native.close(source);
      }
    },
    limit(directory, project, bytes) {
      try {
        native.limitDirectory(directory, project, bytes);
        return true;
      } catch (error) {
        if (noQuotas.has(errnoOf(error))) return false;
        throw faultOf(error, directory, 'limited');
      }
    },
    exchange: (one, other) => native.renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE),
    canReflink: (directory) => native.canReflink(directory),
  };
}

/** A bind of the same file system has the same device, so the kernel is asked. */
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
