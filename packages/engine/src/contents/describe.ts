import type { BlobDescriptor, CallOptions, ImageContent } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import { canonicalName } from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import type { Claims } from '../images/claims.js';
import { matchReference } from '../images/lookup.js';
import type { ImageRecords } from '../images/records.js';
import { selectPlatforms } from '../images/select.js';
import {
  blobsOf,
  describeTarget,
  plain,
  readTree,
  withAttestations,
  type ImageTree,
  type TreeDependencies,
} from '../images/tree.js';

export interface DescribeDependencies extends TreeDependencies {
  readonly content: Pick<ContentStore, 'find' | 'stream'>;
  readonly records: ImageRecords;
  readonly claims: Claims;
}

/**
 * What of an image is to be moved so that its digest stays: an index goes as it is, with those of its platforms that are
 * here, or with the one that is asked for.
 */
export async function describeImage(
  deps: DescribeDependencies,
  ref: string,
  { signal, platform = '' }: CallOptions & { readonly platform?: string },
): Promise<ImageContent> {
  const match = matchReference(deps.records, ref)[0];
  if (match === undefined) throw new NotFoundError('image', ref);
  await using _ = await deps.claims.steady({ signal });
  const tree = await readTree(deps, await describeTarget(deps, match.target));
  const present = chosen(tree, ref, platform);
  const blobs: BlobDescriptor[] = [];
  for (const blob of blobsOf({ indexes: tree.indexes, present })) {
    if ((await deps.content.find(blob.digest)) !== undefined) blobs.push(plain(blob));
  }
  const { name } = match;
  return {
    target: plain(tree.target),
    name: name?.tag === undefined ? '' : `${canonicalName(name)}:${name.tag}`,
    blobs,
    absent: [
      ...tree.absent,
      ...tree.present.filter((one) => !present.includes(one)).map((one) => one.descriptor),
    ].map(plain),
  };
}

function chosen(tree: ImageTree, ref: string, platform: string): ImageTree['present'] {
  if (platform === '') return tree.present;
  const wanted = new Set(selectPlatforms(tree, ref, [platform]).manifests);
  return withAttestations(tree.present, (one) => wanted.has(one));
}
