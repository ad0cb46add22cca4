import type { Native } from '../../native/types.js';

/** CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD, SETFCAP: capabilities(7). */
const needed = 2 ** 0 + 2 ** 1 + 2 ** 2 + 2 ** 3 + 2 ** 4 + 2 ** 27 + 2 ** 31;

/** From here on the thread has no other root, and no capability that lets it out; it makes synchronous file calls only (R2). */
export function enterRoot(native: Native, rootFd: number): void {
  native.chroot(rootFd);
  native.keepCapabilities(needed);
}
