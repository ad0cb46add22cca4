import type { Image, ImageHistoryEntry, ImageHistoryRow } from '@wharf/core';
import { chainIds, type Digest } from '@wharf/oci';
import { hashBytes, type Layers } from '../layers/layers.js';

const unsaid: ImageHistoryEntry = { createdBy: '', comment: '', emptyLayer: false };

/** How an image came to be, newest first. Layers that its history does not mention have rows of their own. */
export function imageHistory(
  layers: Pick<Layers, 'find'>,
  { id, repoTags, history, diffIds }: Pick<Image, 'id' | 'repoTags' | 'history' | 'diffIds'>,
): readonly ImageHistoryRow[] {
  const chain = chainIds(diffIds as readonly Digest[], hashBytes);
  const told = history.filter(({ emptyLayer }) => !emptyLayer).length;
  const untold = Array.from({ length: Math.max(0, chain.length - told) }, () => unsaid);
  let layer = 0;
  const rows = [...history, ...untold].map((entry): ImageHistoryRow => {
    const chainId = entry.emptyLayer ? undefined : chain[layer++];
    const size = chainId === undefined ? 0 : (layers.find(chainId)?.size ?? 0);
    return { ...entry, imageId: '', tags: [], size };
  });
  const [newest, ...older] = rows.toReversed();
  return newest === undefined ? [] : [{ ...newest, imageId: id, tags: repoTags }, ...older];
}
