import type { CallOptions, Filters, Image, PrunedImages } from '@wharf/core';
import type { Collected } from './collect.js';
import { pruneFilter } from './filter.js';
import { seen } from './list.js';
import type { FoundImage } from './lookup.js';
import type { TargetRecord } from './records.js';
import { forgetTarget, type RemoveDependencies } from './remove.js';
import { isShadow } from './shadows.js';

export interface PruneDependencies extends RemoveDependencies {
  readonly view: (found: Pick<FoundImage, 'target' | 'manifest'>) => Promise<Image>;
  readonly collect: (options: CallOptions) => Promise<Collected>;
}

/** Removes images without a tag, with `all` every one, that no container was made from, and says what that freed. */
export async function pruneImages(
  deps: PruneDependencies,
  options: CallOptions & { readonly all?: boolean; readonly filters?: Filters },
): Promise<PrunedImages> {
  const { test, danglingOnly } = pruneFilter(options.filters, Date.now());
  const named = options.all === true || !danglingOnly;
  const untagged: string[] = [];
  const deleted: string[] = [];
  const targets = deps.records.targets().toSorted(namedFirst);
  for (const found of targets.flatMap(seen)) {
    if (found.target.names.length > 0 && !named) continue;
    if (!test(await deps.view(found))) continue;
    // Looked at again: others may have named, used or removed it while it was read.
    const target = deps.records.target(found.target.digest);
    if (target === undefined || (target.names.length > 0 && !named)) continue;
    if (target.repositories.length > 0 && isShadow(deps.records, target)) continue;
    const gone = forgetTarget(deps, target);
    untagged.push(...gone.untagged);
    deleted.push(...gone.deleted);
  }
  const { layers, bytes } = await deps.collect(options);
  deps.state.transaction(
    (tx) =>
      tx.emit({
        type: 'image',
        action: 'prune',
        actorId: '',
        attributes: { reclaimed: String(bytes) },
      }),
    { frees: true },
  );
  return { untagged, deleted: [...deleted, ...layers], reclaimed: bytes };
}

/** The digests that a registry has go after the names that they belong to. */
function namedFirst(a: TargetRecord, b: TargetRecord): number {
  return Number(b.names.length > 0) - Number(a.names.length > 0);
}
