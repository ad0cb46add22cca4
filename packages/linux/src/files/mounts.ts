import { FailedPreconditionError } from '@wharf/core';
import type { ViewMount } from '@wharf/engine/ports';
import {
  AT_FDCWD,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_PATH,
  anchored,
} from '../../native/constants.js';
import { ensurePath } from '../../native/ensure-path.js';
import type { FileStatus, Native } from '../../native/types.js';
import { isDirectory } from '../pack/tree/kinds.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { errnoOf } from '../unpack/apply/faults.js';
import { resolveInRoot } from './resolve.js';
import { closedAttributes } from './view.js';

export interface Placed {
  /** Real path in the root. */
  readonly path: LayerPath;
  readonly readOnly: boolean;
  /** What the root has there, to be copied before anything else: a descriptor. */
  readonly fillFrom: number | undefined;
}

/**
 * Mounts on the root what the container sees there. Sources are opened before, targets are found inside the root and
 * mounted on by descriptor. Missing places are made when something will be written, as a start makes them.
 * Descriptors end with the thread's process alone: the caller closes those of `fillFrom`.
 * @throws FailedPreconditionError for a mount that cannot be made
 */
export function placeMounts(
  native: Native,
  rootFd: number,
  mounts: readonly ViewMount[],
  { writing }: { readonly writing: boolean },
): readonly Placed[] {
  const placed: Placed[] = [];
  for (const mount of mounts.toSorted((a, b) => depth(a) - depth(b))) {
    try {
      const made = place(native, rootFd, mount, writing);
      if (made !== undefined) placed.push(made);
    } catch (error) {
      if (mount.optional) continue;
      throw new FailedPreconditionError(
        `the mount ${mount.target} of the container cannot be made: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error, facts: { target: mount.target, errno: errnoOf(error) } },
      );
    }
  }
  return placed;
}

function depth({ target }: ViewMount): number {
  return target.split('/').length;
}

function place(
  native: Native,
  rootFd: number,
  mount: ViewMount,
  writing: boolean,
): Placed | undefined {
  const tree = openSource(native, mount);
  if (tree === undefined) return undefined;
  try {
    const source = native.statAt(tree, '');
    const path = findTarget(native, rootFd, mount, { source, writing });
    if (source === null || path === undefined) return undefined;
    const empty = mount.seeded && native.readDirectory(tree).length === 0;
    if (empty && !writing) return undefined;
    const readOnly = mount.readOnly || !writing ? MOUNT_ATTR_RDONLY : 0;
    native.mountSetattr(tree, mount.recursive, closedAttributes | readOnly, 0, MS_PRIVATE);
    const targetFd = native.openat2(rootFd, bytesOf(path), O_PATH, 0, anchored);
    native.moveMount(tree, targetFd);
    return { path, readOnly: mount.readOnly, fillFrom: empty ? targetFd : undefined };
  } finally {
    native.close(tree);
  }
}

/** Undefined for a volume that is not there before its first start. */
function openSource(native: Native, mount: ViewMount): number | undefined {
  try {
    return openTree(native, mount);
  } catch (error) {
    if (mount.seeded && errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function openTree(native: Native, { source, subpath = '', recursive }: ViewMount): number {
  if (subpath === '') return native.openTree(source, recursive);
  const whole = native.openat2(AT_FDCWD, source, O_PATH, 0, 0);
  try {
    const part = native.openat2(whole, subpath, O_PATH, 0, anchored);
    try {
      return native.openTree(`/proc/self/fd/${part}`, recursive);
    } finally {
      native.close(part);
    }
  } finally {
    native.close(whole);
  }
}

/** Undefined where there is no place for it and none is made. */
function findTarget(
  native: Native,
  rootFd: number,
  { target }: ViewMount,
  { source, writing }: { readonly source: FileStatus | null; readonly writing: boolean },
): LayerPath | undefined {
  const name = bytesOf(target.slice(1), 'utf8').toString('latin1');
  const found = resolveInRoot(native, rootFd, name, { follow: true });
  if (found.status !== null) return found.path;
  if (!writing || source === null) return undefined;
  const wanted = { path: target, directory: isDirectory(source) };
  ensurePath(native, `/proc/self/fd/${rootFd}`, wanted);
  const made = resolveInRoot(native, rootFd, name, { follow: true });
  return made.status === null ? undefined : made.path;
}

/** The root itself cannot be said by an empty path. */
function bytesOf(path: LayerPath, encoding: BufferEncoding = 'latin1'): Buffer {
  return Buffer.from(path === '' ? '.' : path, encoding);
}
