/** Bits of capabilities(7). DAC_READ_SEARCH is missing: open_by_handle_at(2) would lead out of a chroot. */
const chown = 0;
const dacOverride = 1;
const fowner = 3;
const fsetid = 4;
const sysAdmin = 21;
const mknod = 27;
const setfcap = 31;

/**
 * What a jailed thread needs to give files their owners, modes, device numbers and attributes, for `keepCapabilities`.
 * SYS_ADMIN is for trusted.overlay.opaque alone, xattr(7). Limits (setrlimit(2)) belong to the process: a thread can have
 * none of its own.
 */
export const applyingNeeds = [chown, dacOverride, fowner, fsetid, sysAdmin, mknod, setfcap].reduce(
  (bits, capability) => bits + 2 ** capability,
  0,
);
