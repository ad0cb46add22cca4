import { WharfError } from '@wharf/core';
import type { Builds } from '@wharf/core';

/** A daemon without a builder: every call is refused as unimplemented. */
export function buildsUnavailable(): Builds {
  const refuse = (): never => {
    throw new WharfError('unimplemented', 'this daemon has no builder');
  };
  return {
    syncTree: refuse,
    importArchive: refuse,
    build: refuse,
    ask: refuse,
    list: refuse,
    get: refuse,
    logs: refuse,
    remove: refuse,
    explain: refuse,
    cache: refuse,
    prune: refuse,
    cacheMounts: refuse,
    exportCacheMount: refuse,
    importCacheMount: refuse,
    debug: refuse,
  };
}
