import { existsSync } from 'node:fs';
import { mkdir, rmdir, stat as statFile, statfs } from 'node:fs/promises';
import {
  MNT_DETACH,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  UMOUNT_NOFOLLOW,
  type Native,
} from '@wharf/linux/native';

/** TMPFS_MAGIC of statfs(2). */
const tmpfsMagic = 0x01021994;

/** A tmpfs on a directory of our own, made if missing; one that is there stays. */
export async function mountSharedMemory(
  native: Native,
  path: string,
  bytes: bigint,
): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (await isMounted(path)) return;
  native.mount('shm', path, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, `mode=1777,size=${bytes}`);
}

/** Idempotent; the directory goes as well. */
export async function unmountSharedMemory(native: Native, path: string): Promise<void> {
  if (!existsSync(path)) return;
  if (await isMounted(path)) native.umount(path, MNT_DETACH | UMOUNT_NOFOLLOW);
  await rmdir(path);
}

/** The directory itself lies on whatever the run directory lies on; another device is the mount of ours. */
async function isMounted(path: string): Promise<boolean> {
  const [own, parent] = [await stat(path), await stat(`${path}/..`)];
  return own.device !== parent.device && own.type === tmpfsMagic;
}

async function stat(path: string): Promise<{ device: number; type: number }> {
  return { device: (await statFile(path)).dev, type: (await statfs(path)).type };
}
