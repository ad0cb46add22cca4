import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import {
  isForeignLayerType,
  layerCompression,
  layerTypeOf,
  makeManifest,
  mediaTypes,
  ociLayerType,
  parseDigest,
  serialiseImageIndex,
  serialiseManifest,
  shortDigest,
  type Descriptor,
  type Digest,
  type ImageIndex,
  type IndexEntry,
  type LayerCompression,
  type Manifest,
} from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import { hashBytes } from '../layers/layers.js';
import type { PackPort } from '../layers/ports.js';
import type { Claim } from './claims.js';
import { moveAttestation } from './move-attestation.js';
import { attestationSubject } from './platforms.js';
import type { Selection } from './select.js';
import type { TransferRecords } from './transfer-records.js';
import type { TreeDependencies, TreeIndex, TreeManifest } from './tree.js';

export interface RecompressDependencies extends TreeDependencies {
  readonly content: Pick<ContentStore, 'find' | 'path' | 'put' | 'read' | 'adoptFile'>;
  readonly pack: PackPort;
  readonly transfers: TransferRecords;
  /** A directory of ours on the file system of the content store. */
  readonly temporary: string;
}

export interface RecompressOptions extends CallOptions {
  readonly compression: LayerCompression;
  /** Layers that are compressed already too. */
  readonly force: boolean;
  /** OCI's media types for manifests of docker's as well, whether layers change or not. */
  readonly oci?: boolean;
  /** What something is said about by its digest stays as it is. */
  readonly keepAttested?: boolean;
  /** Of a layer that is being written anew: bytes read of the uncompressed archive. */
  readonly onLayer?: (layer: Descriptor, bytes: number) => void;
  /** Of an attestation that is left out, as it cannot say of the new manifest what it says of the old one. */
  readonly onDropped?: (note: string) => void;
}

/**
 * The same images with layers compressed in another way; the configs, and with them the image ids, stay. What changes has
 * its new documents in the store under the claim, but for indexes, which are in `made`. Unchanged when nothing is to do.
 */
export async function recompressSelection(
  deps: RecompressDependencies,
  claim: Claim,
  selection: Selection,
  options: RecompressOptions,
): Promise<Selection> {
  const changed = new Map<Digest, TreeManifest>();
  const attested = new Set(
    selection.manifests.map(({ descriptor }) => attestationSubject(descriptor)),
  );
  for (const one of selection.manifests) {
    if (options.keepAttested === true && attested.has(one.descriptor.digest)) continue;
    const other = one.config && (await recompressManifest(deps, claim, one, options));
    if (other !== undefined) changed.set(one.descriptor.digest, other);
  }
  if (changed.size === 0) return selection;
  const manifests: TreeManifest[] = [];
  for (const one of selection.manifests) {
    const next =
      changed.get(one.descriptor.digest) ?? (await follow(deps, claim, one, changed, options));
    if (next !== undefined) manifests.push(next);
  }
  const root = selection.indexes.at(-1);
  if (root === undefined) {
    const [only] = manifests as [TreeManifest];
    return { target: only.descriptor, indexes: [], manifests, whole: selection.whole };
  }
  const { made, entry } = rebuilt(root, manifests);
  return {
    target: entry.descriptor,
    indexes: [entry],
    manifests,
    made,
    whole: selection.whole,
  };
}

/** An attestation follows its subject to the new digest; undefined where it cannot, and is said so. */
async function follow(
  deps: RecompressDependencies,
  claim: Claim,
  one: TreeManifest,
  changed: ReadonlyMap<Digest, TreeManifest>,
  options: RecompressOptions,
): Promise<TreeManifest | undefined> {
  const from = attestationSubject(one.descriptor) as Digest | undefined;
  const to = from === undefined ? undefined : changed.get(from)?.descriptor;
  if (from === undefined || to === undefined) return one;
  const moved = await moveAttestation(deps, claim, one, { from, to }, options);
  if (moved === undefined)
    options.onDropped?.(
      `The attestation ${shortDigest(one.descriptor.digest)} is about ${from} alone and was left out`,
    );
  return moved;
}

/** One index over all of them: inner ones are not kept. */
function rebuilt(
  root: TreeIndex,
  manifests: readonly TreeManifest[],
): { made: Uint8Array; entry: TreeIndex } {
  const index: ImageIndex = {
    ...root.index,
    mediaType: mediaTypes.ociIndex,
    manifests: manifests.map(({ descriptor }) => descriptor),
  };
  const made = serialiseImageIndex(index);
  const descriptor = { mediaType: index.mediaType, digest: hashBytes(made), size: made.length };
  return { made, entry: { descriptor, index } };
}

async function recompressManifest(
  deps: RecompressDependencies,
  claim: Claim,
  image: TreeManifest,
  options: RecompressOptions,
): Promise<TreeManifest | undefined> {
  const { manifest } = image;
  const layers: Descriptor[] = [];
  for (const [index, layer] of manifest.layers.entries()) {
    const diffId = image.config?.diffIds[index] as Digest;
    layers.push(await recompressLayer(deps, claim, { layer, diffId }, options));
  }
  const same = layers.every((layer, i) => layer === manifest.layers[i]);
  if (same && (options.oci !== true || manifest.mediaType === mediaTypes.ociManifest))
    return undefined;
  const other = ociManifest(manifest, layers);
  const bytes = serialiseManifest(other);
  const digest = hashBytes(bytes);
  await claim.hold([digest], options);
  await deps.content.put(bytes, options);
  const descriptor: IndexEntry = {
    ...image.descriptor,
    mediaType: other.mediaType,
    digest,
    size: bytes.length,
  };
  return { ...image, descriptor, manifest: other };
}

function ociManifest(manifest: Manifest, layers: readonly Descriptor[]): Manifest {
  return makeManifest(
    { ...manifest.config, mediaType: mediaTypes.ociConfig },
    layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
    manifest.annotations,
  );
}

interface LayerToChange {
  readonly layer: Descriptor;
  readonly diffId: Digest;
}

/** The layer itself where it is as wanted. */
async function recompressLayer(
  deps: RecompressDependencies,
  claim: Claim,
  { layer, diffId }: LayerToChange,
  options: RecompressOptions,
): Promise<Descriptor> {
  const { compression: to, force, signal } = options;
  const from = layerCompression(layer.mediaType);
  const keep = from === to || (from !== 'none' && !force) || isForeignLayerType(layer.mediaType);
  if (keep) return layer;
  const described = (blob: { digest: Digest; size: number }): Descriptor => ({
    mediaType: layerTypeOf(to),
    digest: blob.digest,
    size: blob.size,
    ...(layer.annotations === undefined ? {} : { annotations: layer.annotations }),
  });
  const known = deps.transfers.variant(layer.digest, to);
  if (known !== undefined) {
    await claim.hold([known.digest], options);
    if ((await deps.content.find(known.digest)) === known.size) return described(known);
  }
  await mkdir(deps.temporary, { recursive: true, mode: 0o700 });
  const targetFile = join(deps.temporary, `layer-${randomUUID()}`);
  try {
    options.onLayer?.(layer, 0);
    const request = { blobPath: deps.content.path(layer.digest), from, to, targetFile };
    const packed = await deps.pack.recompress(request, {
      signal,
      onProgress: (bytes) => options.onLayer?.(layer, bytes),
    });
    if (packed.diffId !== diffId) {
      throw new DataLossError(
        `layer ${layer.digest} holds ${packed.diffId}, but the image says ${diffId}`,
      );
    }
    const variant = { digest: parseDigest(packed.digest), size: packed.size };
    await claim.hold([variant.digest], options);
    await deps.content.adoptFile(targetFile, variant);
    deps.transfers.addVariant(layer.digest, to, variant);
    return described(variant);
  } finally {
    await rm(targetFile, { force: true });
  }
}
