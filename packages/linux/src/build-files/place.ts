import { FailedPreconditionError } from '@wharf/core';
import type { LayerPlace } from '@wharf/engine/ports';
import {
  AT_FDCWD,
  CLONE_FS,
  CLONE_NEWNS,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_SLAVE,
  MS_REC,
  O_DIRECTORY,
  O_PATH,
} from '../../native/constants.js';
import { layerOptions } from '../../native/layer-options.js';
import type { Native, OverlayMountOptions } from '../../native/types.js';
import { errnoOf } from '../unpack/apply/faults.js';

/** Nothing that is found there is a device, or a program, for us. */
const closed = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

/** Gives the calling thread mounts of its own, which end with it. Unmounts of the host reach them, nothing of them reaches the host. */
export function leaveHostMounts(native: Native): void {
  native.unshare(CLONE_FS | CLONE_NEWNS);
  native.mount(null, '/', null, MS_REC | MS_SLAVE, null);
}

/** A descriptor of the stack with a new top; of the new directory alone when there is nothing below. */
export function openPlace(native: Native, { lower, upper, work }: LayerPlace): number {
  if (lower.length === 0) return openClosed(native, upper, 0);
  const options = { lower, upper, work, target: upper, options: layerOptions };
  return openOverlay(native, { ...options, attributes: closed });
}

/** A descriptor of layers as they are read, topmost first; undefined for none. */
export function openStack(native: Native, lower: readonly string[]): number | undefined {
  const [top] = lower;
  if (top === undefined) return undefined;
  if (lower.length === 1) return openClosed(native, top, MOUNT_ATTR_RDONLY);
  return openOverlay(native, { lower, target: top, attributes: closed | MOUNT_ATTR_RDONLY });
}

/** A directory of ours as a mount of its own. */
export function openClosed(native: Native, path: string, more: number): number {
  const fd = native.openTree(path, false);
  native.mountSetattr(fd, false, closed | more, 0, 0);
  return fd;
}

/** Detached, so that the directory it may be mounted on is seen as before: it may be part of another stack. */
function openOverlay(native: Native, options: OverlayMountOptions): number {
  try {
    if (native.canDetachOverlay()) return native.overlayDetached(options);
    native.overlayMount(options);
  } catch (error) {
    throw new FailedPreconditionError(
      `the layers cannot be mounted: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, facts: { errno: errnoOf(error) } },
    );
  }
  const fd = native.openat2(AT_FDCWD, options.target, O_PATH | O_DIRECTORY, 0, 0);
  native.umount(options.target, MNT_DETACH);
  return fd;
}
