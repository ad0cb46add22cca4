import { existsSync, mkdirSync } from 'node:fs';
import type { OverlayRoot } from '@wharf/api/shim';
import { WharfError } from '@wharf/core';
import {
  CLONE_NEWNS,
  MNT_DETACH,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_REC,
  MS_SLAVE,
  UMOUNT_NOFOLLOW,
  layerOptions,
  type Native,
} from '@wharf/linux/native';

/**
 * From now on this thread, and what it starts, has mounts of its own: those of the host as they are at this moment, a
 * slave of them where they propagate, without `unmount`. A shim in reserve does it late, to see mounts made meanwhile.
 */
export function enterMountNamespace(native: Native, unmount: readonly string[]): void {
  native.unshare(CLONE_NEWNS);
  native.mount(null, '/', null, MS_REC | MS_SLAVE, null);
  for (const path of unmount) {
    try {
      native.umount(path, MNT_DETACH);
    } catch {
      // Not mounted here.
    }
  }
}

/** Mounts the container's root inside our private mount namespace. */
export function mountRoot(native: Native, root: OverlayRoot, unsynced: boolean): void {
  try {
    mkdirSync(root.target, { recursive: true, mode: 0o755 });
    native.overlayMount({
      lower: root.lower,
      upper: root.upper,
      work: root.work,
      target: root.target,
      options: unsynced ? layerOptions : [],
    });
  } catch (cause) {
    throw new WharfError('unavailable', `the root filesystem cannot be mounted: ${text(cause)}`, {
      cause,
    });
  }
}

const unified = '/sys/fs/cgroup/unified';

/**
 * Where cgroup2 was unmounted for crun's sake, crun takes the bare directory for a control group and writes into
 * it, which is the host's own: a file system of ours hides it, and goes with our namespace.
 */
export function shieldUnified(native: Native): void {
  if (!existsSync(unified) || existsSync(`${unified}/cgroup.procs`)) return;
  native.mount('tmpfs', unified, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=700,size=256k');
}

/** Idempotent. */
export function unmountRoot(native: Native, target: string): void {
  try {
    native.umount(target, MNT_DETACH | UMOUNT_NOFOLLOW);
  } catch {
    // Not mounted.
  }
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
