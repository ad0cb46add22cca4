import type { Native } from '../../native/types.js';
import { TreeWalk } from '../pack/tree/walk.js';
import { isDirectory } from '../pack/tree/kinds.js';
import { cleanName } from '../unpack/apply/names.js';

/**
 * What a walk has to include for these paths: themselves, the directories that lead to them, and every other name of
 * files that have several, so that hard links stay what they are.
 */
export function chosenPaths(
  native: Native,
  rootFd: number,
  paths: readonly string[],
): (path: string) => boolean {
  const wanted = new Set(paths.map((path) => cleanName(Buffer.from(path, 'latin1'))));
  for (const path of namesOfLinked(native, rootFd, wanted)) wanted.add(path);
  const leading = new Set<string>();
  for (const path of wanted) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      leading.add(path.slice(0, at));
  }
  return (path) => wanted.has(path) || leading.has(path);
}

function namesOfLinked(
  native: Native,
  rootFd: number,
  wanted: ReadonlySet<string>,
): readonly string[] {
  const names = new Map<string, string[]>();
  const walk = new TreeWalk({
    native,
    rootFd,
    start: '',
    crossMounts: false,
    stopped: () => false,
    include: () => true,
  });
  for (const { path, status } of walk) {
    if (status.links < 2 || isDirectory(status)) continue;
    const key = `${status.device}:${status.inode}`;
    names.set(key, [...(names.get(key) ?? []), path]);
  }
  return [...names.values()].filter((group) => group.some((path) => wanted.has(path))).flat();
}
