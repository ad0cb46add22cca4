import type { Filters, Image } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import { chainIds } from '@wharf/oci';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { ImageDocuments } from './documents.js';
import { created, imageFilter, shownTags } from './filter.js';
import { defaultManifest, getImage, type FoundImage } from './lookup.js';
import type { ImageRecords, ManifestRecord, TargetRecord } from './records.js';
import { isShadow } from './shadows.js';

export interface ListDependencies {
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  readonly layers: Layers;
  readonly view: (found: Pick<FoundImage, 'target' | 'manifest'>) => Promise<Image>;
}

export interface ListRequest {
  readonly filters?: Filters;
  readonly sharedSize?: boolean;
}

/** Newest first by their own time of creation, as docker; each image id with names once without. */
export async function listImages(
  deps: ListDependencies,
  { filters, sharedSize = false }: ListRequest,
): Promise<readonly Image[]> {
  const targets = deps.records.targets();
  const hidden = new Set<string>(
    targets.filter((target) => isShadow(deps.records, target)).map(({ digest }) => digest),
  );
  const all = await Promise.all(targets.flatMap(seen).map(deps.view));
  const find = (ref: string): Image => {
    const { target } = getImage(deps.records, ref);
    const image = all.find(({ targetDigest }) => targetDigest === target.digest);
    if (image === undefined) throw new NotFoundError('image', ref);
    return image;
  };
  const shown = all.filter(({ targetDigest }) => !hidden.has(targetDigest));
  const wanted = shown.filter(imageFilter(filters, find, Date.now())).map(shownTags(filters));
  const sorted = wanted.toSorted((a, b) => created(b) - created(a));
  return sharedSize ? withSharedSizes(deps, sorted) : sorted;
}

/** The image through the platform that is used by default; nothing of one that has none here. */
export function seen(
  target: TargetRecord,
): readonly { readonly target: TargetRecord; readonly manifest: ManifestRecord }[] {
  const manifest = defaultManifest(target.manifests);
  return manifest === undefined ? [] : [{ target, manifest }];
}

async function withSharedSizes(
  { records, documents, layers }: ListDependencies,
  images: readonly Image[],
): Promise<readonly Image[]> {
  const owners = new Map<string, Set<string>>();
  const stacks = new Map<string, readonly string[]>();
  for (const { digest, configDigest } of records.manifests()) {
    if (records.holders(digest).length === 0 || stacks.has(configDigest)) continue;
    const stack = chainIds((await documents.config(configDigest)).diffIds, hashBytes);
    stacks.set(configDigest, stack);
    for (const layer of stack)
      owners.set(layer, (owners.get(layer) ?? new Set()).add(configDigest));
  }
  const sizes = new Map<string, number>(layers.list().map((info) => [info.chainId, info.size]));
  return images.map((image) => {
    const shared = (stacks.get(image.id) ?? []).filter((id) => (owners.get(id)?.size ?? 0) > 1);
    return { ...image, sharedSize: shared.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0) };
  });
}
