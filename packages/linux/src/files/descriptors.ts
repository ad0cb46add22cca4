import { ResourceExhaustedError } from '@wharf/core';
import type { Native } from '../../native/types.js';

/** A walk has at most a few dozen open. */
const defaultSlots = 256;
const free = -1;

/** Where a thread writes down what it has open. Descriptors belong to the process: an ended thread leaves them behind. */
export function descriptorTable(slots = defaultSlots): SharedArrayBuffer {
  const table = new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(table).fill(free);
  return table;
}

/**
 * The addon, for a thread that may be ended anywhere: the descriptors that it opens are in the table until it closes
 * them. (Those of node:fs are known to Node, which closes them.)
 */
export function recordDescriptors(native: Native, table: SharedArrayBuffer): Native {
  const held = new Int32Array(table);
  const room = (): number => {
    const slot = held.indexOf(free);
    if (slot === -1) throw new ResourceExhaustedError('a thread for files has too many open files');
    return slot;
  };
  return {
    ...native,
    openat2(dirfd, path, flags, mode, resolve) {
      const slot = room();
      // Nothing may come between the two halves: a thread is ended where it calls or loops.
      return (held[slot] = native.openat2(dirfd, path, flags, mode, resolve));
    },
    openTree(path, recursive) {
      const slot = room();
      return (held[slot] = native.openTree(path, recursive));
    },
    overlayDetached(options) {
      const slot = room();
      return (held[slot] = native.overlayDetached(options));
    },
    openRegular(dirfd, path) {
      const slot = room();
      const fd = native.openRegular(dirfd, path);
      held[slot] = fd ?? free;
      return fd;
    },
    pidfdOpen(pid) {
      const slot = room();
      return (held[slot] = native.pidfdOpen(pid));
    },
    close(fd) {
      const slot = held.indexOf(fd);
      if (slot !== -1) held[slot] = free;
      native.close(fd);
    },
  };
}

/**
 * Closes what is written down: by the thread at its end, and when it is gone by whoever waited for it. Each is struck out first, as
 * a thread may be ended in between: a number that is closed twice may be another's by then.
 */
export function closeDescriptors(native: Pick<Native, 'close'>, table: SharedArrayBuffer): void {
  const held = new Int32Array(table);
  for (const [slot, fd] of held.entries()) {
    if (fd === free) continue;
    held[slot] = free;
    native.close(fd);
  }
}
