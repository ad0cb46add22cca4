import { MS_NODEV, MS_NOEXEC, MS_NOSUID, type Native } from '@wharf/linux/native';

/** A directory in memory for what is secret: Linux 6.4 keeps it out of the swap space, too (tmpfs(5)). */
export function mountMemory(native: Native, at: string, options: string): void {
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  try {
    native.mount('tmpfs', at, 'tmpfs', flags, `${options},noswap`);
  } catch {
    native.mount('tmpfs', at, 'tmpfs', flags, options);
  }
}
