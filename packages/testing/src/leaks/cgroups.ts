import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeMountField } from './mountinfo.js';
import type { Leak, LeakScope } from './scope.js';

/** Where the hierarchies of cgroup v1 and v2 are mounted. */
async function hierarchies(): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => decodeMountField(line.split(' ')[4] ?? ''));
}

async function search(
  dir: string,
  isOurs: (name: string) => boolean,
  found: string[],
): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(dir, entry.name);
    if (isOurs(entry.name)) found.push(path);
    await search(path, isOurs, found);
  }
}

/** Folders of the scope in every hierarchy, deepest last: its parent cgroup and everything below, and names with its id. */
export async function ownedCgroups(scope: LeakScope): Promise<string[]> {
  const parent = basename(scope.cgroupParent);
  const found = new Set<string>();
  for (const mount of await hierarchies()) {
    const tops: string[] = [];
    await search(mount, (name) => name === parent || name.includes(scope.id), tops);
    for (const top of tops) {
      found.add(top);
      const below: string[] = [];
      await search(top, () => true, below);
      below.forEach((path) => found.add(path));
    }
  }
  return [...found].sort();
}

export async function leakedCgroups(scope: LeakScope): Promise<Leak[]> {
  return (await ownedCgroups(scope)).map((what) => ({ kind: 'cgroup', what }));
}
