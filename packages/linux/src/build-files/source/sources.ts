import type { FileSource } from '@wharf/engine/ports';
import { AT_FDCWD, O_DIRECTORY, O_PATH } from '../../../native/constants.js';
import type { Native } from '../../../native/types.js';
import { openStack } from '../place.js';
import type { Source } from './source.js';
import { stackSource } from './stack.js';
import { treeSource } from './tree.js';

/** A stack of no layers. */
const nothing: Source = {
  find: (path) => (path === '' ? { path, isDirectory: true, isFile: false } : undefined),
  list: () => [],
  walk: () => [],
  treeDigest: () => undefined,
};

/** Opens each source once. For a thread with mounts of its own, before it has another root. */
export function openSources(
  native: Native,
  treesRoot: string,
  sources: readonly FileSource[],
): (source: FileSource) => Source {
  const opened = new Map<string, Source>();
  let store: number | undefined;
  const open = (source: FileSource): Source => {
    if (source.kind === 'stack') {
      const fd = openStack(native, source.lower);
      return fd === undefined ? nothing : stackSource(native, fd);
    }
    store ??= native.openat2(AT_FDCWD, treesRoot, O_PATH | O_DIRECTORY, 0, 0);
    return treeSource(native, store, source.digest);
  };
  for (const source of sources) {
    const key = JSON.stringify(source);
    if (!opened.has(key)) opened.set(key, open(source));
  }
  return (source) => opened.get(JSON.stringify(source)) ?? nothing;
}
