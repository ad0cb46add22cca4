import { stat } from 'node:fs/promises';
import type { BuildCacheStore } from '@wharf/core';
import { parseReference } from '@wharf/oci';
import { parseCacheFrom, parseCacheTo, type CacheFlag } from './cache-flag.js';
import type { OutputPlace } from './output-flag.js';
import { sendDirectory, type Sending } from './send-tree.js';

/** A --cache-to; a directory gets the bytes of an `output` frame. */
export interface PlacedCache {
  readonly store: BuildCacheStore;
  readonly place?: OutputPlace;
}

/** The caches of --cache-from; directories are sent, one that is not there is left out with a warning. */
export async function cachesFrom(
  texts: readonly string[],
  sending: Sending,
  warn: (text: string) => void,
): Promise<readonly BuildCacheStore[]> {
  const stores: BuildCacheStore[] = [];
  for (const flag of texts.map(parseCacheFrom)) {
    if (flag.kind !== 'local') stores.push(checked(flag));
    else if ((await stat(flag.path).catch(() => undefined)) === undefined) {
      warn(`there is no cache in ${flag.path}; going on without it`);
    } else {
      const { digest } = await sendDirectory('[internal] send build cache', flag.path, sending);
      stores.push({ kind: 'local', digest, mode: flag.mode, ignoreError: false });
    }
  }
  return stores;
}

/** The caches of --cache-to, in their order. */
export function cachesTo(texts: readonly string[]): readonly PlacedCache[] {
  return texts.map(parseCacheTo).map((flag) =>
    flag.kind === 'local'
      ? {
          store: { kind: 'local', digest: '', mode: flag.mode, ignoreError: flag.ignoreError },
          place: { kind: 'layout', path: flag.path, ignoreError: flag.ignoreError },
        }
      : { store: checked(flag) },
  );
}

function checked(flag: Exclude<CacheFlag, { readonly kind: 'local' }>): BuildCacheStore {
  if (flag.kind === 'registry') parseReference(flag.reference);
  return flag;
}
