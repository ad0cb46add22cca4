import type { BuildsContext, Job } from '../context.js';

/** Layouts and caches that came as trees stay as long as the build runs. */
export function holdTrees({ treeUses }: BuildsContext, { spec, ends }: Job): void {
  for (const source of spec.namedContexts.values())
    if (source.kind === 'oci-layout') ends.use(treeUses.hold(source.digest));
  for (const cache of spec.cacheFrom)
    if (cache.kind === 'local') ends.use(treeUses.hold(cache.digest));
}
