import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataLossError } from '@wharf/core';
import {
  layerTypeOf,
  ociLayerType,
  parseDigest,
  type Descriptor,
  type Digest,
  type LayerCompression,
} from '@wharf/oci';
import type { InstallableManifest } from '../../../images/install.js';
import { together } from '../../../images/together.js';
import type { BlobIdentity } from '../../../content/content.js';
import type { PackedLayer } from '../../../layers/ports.js';
import type { StagedBlob } from '../../blobs/staged.js';
import type { ExportContext } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';

/**
 * A blob for each layer: of the base image its own, of others what our writer makes of them, so that they do not depend on what
 * else is in the store. Several at once.
 */
export async function layerBlobs(
  deps: OutputDependencies,
  diffIds: readonly Digest[],
  base: InstallableManifest | undefined,
  { compression, context }: { compression: LayerCompression; context: ExportContext },
): Promise<readonly Descriptor[]> {
  const blobs = new Map<number, Descriptor>();
  const known = basesOf(diffIds, base);
  await together(
    diffIds.map((_, index) => async (signal: AbortSignal) => {
      const layer = known[index];
      const blob =
        layer === undefined
          ? await ownBlob(deps, diffIds, index, { compression, context: { ...context, signal } })
          : { ...layer, mediaType: ociLayerType(layer.mediaType) };
      blobs.set(index, blob);
    }),
    context,
  );
  return diffIds.flatMap((_, index) => blobs.get(index) ?? []);
}

/** The layers of the base image, if the stack begins with them. */
export function basesOf(
  diffIds: readonly Digest[],
  base: InstallableManifest | undefined,
): readonly Descriptor[] {
  const isBelow = base?.config.diffIds.every((diffId, index) => diffId === diffIds[index]);
  return isBelow === true ? (base?.manifest.layers ?? []) : [];
}

export type PackDependencies = Pick<
  OutputDependencies,
  'content' | 'transfers' | 'layers' | 'pack' | 'temporary'
>;

interface Wanted {
  readonly compression: LayerCompression;
  readonly context: ExportContext;
}

/** The layer of that index as our writer makes it, in the store and held. */
export async function ownBlob(
  deps: PackDependencies,
  diffIds: readonly Digest[],
  index: number,
  wanted: Wanted,
): Promise<Descriptor> {
  const diffId = diffIds[index] as Digest;
  const mediaType = layerTypeOf(wanted.compression);
  const known = await knownBlob(deps, diffId, wanted);
  if (known !== undefined) return { mediaType, ...known };
  const staged = await wanted.context.staged?.take(diffId, wanted.compression);
  if (staged !== undefined) return { mediaType, ...(await nameBlob(deps, diffId, staged, wanted)) };
  await mkdir(deps.temporary, { recursive: true, mode: 0o700 });
  const targetFile = join(deps.temporary, `layer-${randomUUID()}`);
  try {
    const packed = await pack(deps, diffIds, index, { ...wanted, targetFile });
    const made = { file: targetFile, digest: parseDigest(packed.digest), size: packed.size };
    return { mediaType, ...(await nameBlob(deps, diffId, made, wanted)) };
  } finally {
    await rm(targetFile, { force: true });
  }
}

/** Brings a file that is whole and on the disk into the store, held before it is there. */
async function nameBlob(
  deps: PackDependencies,
  diffId: Digest,
  { file, digest, size }: StagedBlob,
  wanted: Wanted,
): Promise<BlobIdentity> {
  const blob = { digest, size };
  await wanted.context.hold([digest]);
  await deps.content.adoptFile(file, blob);
  await remember(deps, { diffId, blob, ...wanted });
  return blob;
}

/** What was packed before, if it is still here. A plain layer is named by its diff id. */
async function knownBlob(
  { content, transfers }: PackDependencies,
  diffId: Digest,
  { compression, context }: Wanted,
): Promise<BlobIdentity | undefined> {
  const digest = compression === 'none' ? diffId : transfers.variant(diffId, compression)?.digest;
  if (digest === undefined) return undefined;
  if ((await content.find(digest)) === undefined) return undefined;
  await context.hold([digest]);
  const size = await content.find(digest);
  return size === undefined ? undefined : { digest, size };
}

async function remember(
  { layers, transfers }: PackDependencies,
  {
    diffId,
    blob,
    compression,
    context,
  }: Wanted & { readonly diffId: Digest; readonly blob: BlobIdentity },
): Promise<void> {
  if (compression !== 'none') transfers.addVariant(diffId, compression, blob);
  const source = { diffId, blob: blob.digest, compression };
  await layers.prove(source, () => Promise.resolve(diffId), context);
}

/** Of a layer that was made without those below it the marks are kept, which are left out otherwise where they hide nothing. */
async function pack(
  deps: PackDependencies,
  diffIds: readonly Digest[],
  index: number,
  { compression, context, targetFile }: Wanted & { readonly targetFile: string },
): Promise<PackedLayer> {
  const diffId = diffIds[index] as Digest;
  const [upper = ''] = deps.layers.directories(diffIds.slice(0, index + 1));
  const lower = deps.layers.directories(diffIds.slice(0, index));
  const { signal, report } = context;
  const onProgress = (bytes: number): void => report.progress(diffId, bytes, 0, 'bytes');
  for (const below of [lower, []]) {
    const request = { upper, lower: below, compression, targetFile };
    const packed = await deps.pack.packLayer(request, { signal, onProgress });
    if (packed.diffId === diffId) return packed;
  }
  throw new DataLossError(
    `the files of layer ${diffId} are no longer what they were: build again with --no-cache`,
    { facts: { diffId } },
  );
}
