import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Leak, LeakScope } from './scope.js';

/** Folders that rightly hold names of 64 hexadecimal digits after every container is gone: images, compiled filters, caches of builds. */
const keptFolders = new Set([...['content', 'snapshots', 'seccomp'], ...['cache-mounts', 'git']]);
/** Folders below a root that are empty while nothing is built. */
const ofBuilds = ['builds/tmp', 'builds/trees/tmp', 'builds/steps'];
const containerId = /^[0-9a-f]{64}$/;
/** Folders of the host in which something could be put outside the roots. */
const shared = ['/tmp', '/run', '/var/run/netns', '/dev/shm', '/var/lib', '/var/tmp'];

async function entries(dir: string): Promise<Dirent[]> {
  return readdir(dir, { withFileTypes: true }).catch(() => []);
}

async function search(dir: string, depth: number, found: Leak[]): Promise<void> {
  for (const entry of await entries(dir)) {
    const path = join(dir, entry.name);
    if (containerId.test(entry.name) || entry.isSocket() || entry.isFIFO()) {
      found.push({ kind: 'file', what: path });
    } else if (entry.isDirectory() && depth > 0 && !keptFolders.has(entry.name)) {
      await search(path, depth - 1, found);
    }
  }
}

/** Folders of containers, sockets and pipes below the roots, what builds had only for a while; anything with the scope's id elsewhere in the usual places. */
export async function leakedFiles(scope: LeakScope): Promise<Leak[]> {
  const found: Leak[] = [];
  for (const root of scope.roots) await search(root, 4, found);
  const whiles = scope.roots.flatMap((root) => ofBuilds.map((path) => join(root, path)));
  for (const dir of whiles)
    for (const { name } of await entries(dir)) found.push({ kind: 'file', what: join(dir, name) });
  for (const dir of shared) {
    for (const { name } of await entries(dir)) {
      const path = join(dir, name);
      const aboveRoot = scope.roots.some((root) => `${root}/`.startsWith(`${path}/`));
      if (name.includes(scope.id) && !aboveRoot) found.push({ kind: 'file', what: path });
    }
  }
  return found;
}
