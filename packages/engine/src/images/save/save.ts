import type { ArchiveCompression, CallOptions } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { chooseClaimed } from '../choose.js';
import type { Claims } from '../claims.js';
import type { ImageRecords } from '../records.js';
import { recompressSelection, type RecompressDependencies } from '../recompress.js';
import { blobsOf } from '../tree.js';
import {
  blobPath,
  dockerManifest,
  indexDocument,
  layoutDocument,
  type SavedImage,
} from './documents.js';
import { findAll } from './find.js';
import { writeArchive, type ArchiveContent, type WriteDependencies } from './write.js';

export interface SaveDependencies extends WriteDependencies, RecompressDependencies {
  readonly content: RecompressDependencies['content'] & WriteDependencies['content'];
  readonly records: ImageRecords;
  readonly claims: Claims;
}

export interface SaveOptions extends CallOptions {
  readonly platforms?: readonly string[];
  readonly compression?: ArchiveCompression;
}

/**
 * One tar that is an OCI layout and a docker-archive. A bare name saves all of its tags. The bytes are the same for the same
 * images under the same names; a claim holds all of them while it is read.
 */
export async function* saveImages(
  deps: SaveDependencies,
  refs: readonly string[],
  { signal, platforms, compression }: SaveOptions,
): AsyncGenerator<Uint8Array> {
  if (refs.length === 0) throw new InvalidArgumentError('name the images to save');
  const claim = deps.claims.openOnce('save');
  try {
    const images: SavedImage[] = [];
    for (const found of findAll(deps.records, refs)) {
      const chosen = await chooseClaimed(deps, claim, found.target, {
        ...found,
        signal,
        ...(platforms === undefined ? {} : { platforms }),
      });
      const selection =
        compression === undefined
          ? chosen
          : await recompressSelection(deps, claim, chosen, { compression, force: true, signal });
      images.push({ names: found.names, selection });
    }
    yield* writeArchive(deps, await contentOf(deps, images), { signal });
  } finally {
    claim.fulfil();
  }
}

async function contentOf(
  deps: SaveDependencies,
  images: readonly SavedImage[],
): Promise<ArchiveContent> {
  const documents = new Map<string, Uint8Array>([
    ['index.json', indexDocument(images)],
    ['manifest.json', dockerManifest(images)],
    ['oci-layout', layoutDocument],
  ]);
  for (const { selection } of images) {
    if (selection.made !== undefined)
      documents.set(blobPath(selection.target.digest), selection.made);
  }
  const all = images.flatMap(({ selection: { indexes, manifests } }) =>
    blobsOf({ indexes, present: manifests }),
  );
  const here = await Promise.all(all.map(({ digest }) => deps.content.find(digest)));
  return { documents, blobs: all.filter((_, i) => here[i] !== undefined) };
}
