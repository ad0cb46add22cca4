import type { State } from '../../state/state.js';

/** Chain ids and blobs that records of the cache reach, for the collection of garbage; answered at once. */
export function buildCacheRoots(state: State): () => readonly string[] {
  return () => {
    const rows = state.db.prepare('SELECT DISTINCT digest FROM build_cache_roots').all();
    return (rows as { digest: string }[]).map(({ digest }) => digest);
  };
}
