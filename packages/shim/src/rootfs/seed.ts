import { chmodSync, chownSync, closeSync, readdirSync, statSync } from 'node:fs';
import type { VolumeSeed } from '@wharf/api/shim';
import { WharfError } from '@wharf/core';
import {
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  openDirectory,
} from '@wharf/linux/native';
import type { Host } from '../host.js';

/**
 * Copies what the image has at a volume's place into the volume while it is empty: owners, modes, times and extended
 * attributes included (cp(1) of the host, told of the source by descriptor, so that no path of the image is walked by
 * name). An image that has nothing there leaves the volume empty.
 */
export async function seedVolume(
  host: Host,
  root: string,
  { path, directory, keepOwner }: VolumeSeed,
): Promise<void> {
  if (readdirSync(directory).length > 0) return;
  const source = openInside(host, root, path);
  if (source === undefined) return;
  const { uid, gid, mode } = statSync(directory);
  try {
    const pid = host.native.spawnDetached({
      file: '/bin/cp',
      argv: ['cp', '-a', '--no-target-directory', '/proc/self/fd/0/.', directory],
      env: ['PATH=/usr/bin:/bin'],
      cwd: '/',
      stdio: [source],
      oomScoreAdj: 0,
    });
    const { code } = await host.reaper.wait(pid);
    if (code !== 0)
      throw new WharfError(
        'unavailable',
        `the volume for ${path} could not be filled from the image`,
      );
    if (!keepOwner) return;
    chownSync(directory, uid, gid);
    chmodSync(directory, mode & 0o7777);
  } finally {
    closeSync(source);
  }
}

/** Whether the root has a directory there. */
export function isInside(host: Host, root: string, path: string): boolean {
  const found = openInside(host, root, path);
  if (found !== undefined) closeSync(found);
  return found !== undefined;
}

function openInside(host: Host, root: string, path: string): number | undefined {
  const rootFd = openDirectory(host.native, root);
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  try {
    const inside = path.replace(/^\/+/, '');
    return host.native.openat2(rootFd, inside, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  } catch {
    return undefined;
  } finally {
    closeSync(rootFd);
  }
}
