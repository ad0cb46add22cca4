import { FailedPreconditionError, UnavailableError } from '@wharf/core';
import type { ProcessIdentity } from '@wharf/core';
import type { RootView } from '@wharf/engine/ports';
import { dirname, basename } from 'node:path';
import {
  AT_FDCWD,
  CLONE_FS,
  CLONE_NEWNS,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_REC,
  MS_SLAVE,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RESOLVE_NO_XDEV,
} from '../../native/constants.js';
import { isProcessAlive } from '../../native/identity.js';
import { openDirectory } from '../../native/ensure-path.js';
import type { Native } from '../../native/types.js';
import { errnoOf, faultOf } from '../unpack/apply/faults.js';

/** Nothing that is found there is a device, or a program, for us. */
export const closedAttributes = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

/**
 * Gives the calling thread a mount namespace of its own, with the container's root mounted in it, and returns a
 * descriptor of that root. Unmounts of the host reach the namespace, nothing of it reaches the host.
 * @throws UnavailableError when the container's shim is gone; FailedPreconditionError when the root cannot be mounted
 */
export function enterRoot(native: Native, view: RootView, start: EnterOptions): number {
  const { root } = view;
  if (root.kind === 'task') joinShim(native, root.shim, start.bootId);
  else native.unshare(CLONE_FS | CLONE_NEWNS);
  native.mount(null, '/', null, MS_REC | MS_SLAVE, null);
  const rootFd =
    root.kind === 'task'
      ? openMounted(native, root.path)
      : root.kind === 'directory'
        ? mountDirectory(native, root.path)
        : mountStack(native, root.stack, start.writing);
  const readOnly = start.writing && !view.readOnly ? 0 : MOUNT_ATTR_RDONLY;
  native.mountSetattr(rootFd, false, closedAttributes | readOnly, 0, 0);
  return rootFd;
}

export interface EnterOptions {
  readonly bootId: string;
  readonly writing: boolean;
}

/** setns(2) lets a thread into another mount namespace once it shares its file system state with no other. */
function joinShim(native: Native, shim: ProcessIdentity, bootId: string): void {
  const gone = 'the shim of the container is gone, try again';
  let pidfd: number;
  try {
    pidfd = native.pidfdOpen(shim.pid);
  } catch (cause) {
    throw new UnavailableError(gone, { cause });
  }
  try {
    // Asked after the descriptor is there: it is that very process, or it is dead.
    if (!isProcessAlive(shim, bootId)) throw new UnavailableError(gone);
    native.unshare(CLONE_FS);
    native.setns(pidfd, CLONE_NEWNS);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') throw new UnavailableError(gone, { cause: error });
    throw error;
  } finally {
    native.close(pidfd);
  }
  native.unshare(CLONE_NEWNS);
}

/** A shim's root is a mount; the bare directory below it would be an empty container. */
function openMounted(native: Native, path: string): number {
  const parent = openDirectory(native, dirname(path));
  const flags = O_PATH | O_DIRECTORY;
  const name = basename(path);
  try {
    native.close(native.openat2(parent, name, flags, 0, RESOLVE_NO_XDEV));
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return native.openat2(parent, name, flags, 0, 0);
    throw faultOf(error, path, 'opened');
  } finally {
    native.close(parent);
  }
  throw new UnavailableError('the root of the container is not mounted, try again');
}

/** A mount of its own, on itself: what is written below goes where it always goes. */
function mountDirectory(native: Native, path: string): number {
  const tree = native.openTree(path, false);
  const at = native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
  try {
    native.moveMount(tree, at);
    return tree;
  } finally {
    native.close(at);
  }
}

type Stack = (RootView['root'] & { kind: 'stack' })['stack'];

/** To be read, the writable layer is the topmost read-only one: nothing has to be written back at the end. */
function mountStack(native: Native, { lower, upper, work }: Stack, writing: boolean): number {
  const layers = writing ? { lower, upper, work } : { lower: [upper, ...lower] };
  try {
    native.overlayMount({ ...layers, target: upper, attributes: closedAttributes });
  } catch (error) {
    throw new FailedPreconditionError(
      `the root of the container cannot be mounted: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, facts: { errno: errnoOf(error) } },
    );
  }
  return native.openat2(AT_FDCWD, upper, O_PATH | O_DIRECTORY, 0, 0);
}
