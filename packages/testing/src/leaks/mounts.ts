import { readFile, readdir, readlink } from 'node:fs/promises';
import { decodeMountField } from './mountinfo.js';
import type { Leak, LeakScope } from './scope.js';

/** One process of each mount namespace on the host. */
async function namespaceMembers(): Promise<ReadonlyMap<string, number>> {
  const members = new Map<string, number>();
  for (const pid of (await readdir('/proc')).map(Number).filter((n) => n > 0)) {
    const namespace = await readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
    if (namespace !== undefined && !members.has(namespace)) members.set(namespace, pid);
  }
  return members;
}

/**
 * The directory of network namespaces is mounted onto itself. Shims of other daemons that were started meanwhile have a
 * copy in their mount namespaces, as of every mount of the host, for as long as they live.
 */
function isPinDirectory({ roots }: LeakScope, line: string): boolean {
  const [, , , , place = ''] = line.split(' ');
  return roots.some((root) => decodeMountField(place) === `${root}/netns`);
}

/**
 * Mounts of any mount namespace that name one of the scope's roots, and those network namespaces that are kept by a
 * bind mount (their file system is nsfs).
 */
export async function leakedMounts(scope: LeakScope): Promise<Leak[]> {
  const leaks: Leak[] = [];
  const own = await readlink('/proc/self/ns/mnt');
  for (const [namespace, pid] of await namespaceMembers()) {
    const table = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    for (const line of table.split('\n')) {
      if (!scope.roots.some((root) => decodeMountField(line).includes(root))) continue;
      if (namespace !== own && isPinDirectory(scope, line)) continue;
      const kind = line.includes(' - nsfs ') ? 'network namespace' : 'mount';
      leaks.push({ kind, what: `in the mount namespace of process ${pid}: ${line}` });
    }
  }
  return leaks;
}
