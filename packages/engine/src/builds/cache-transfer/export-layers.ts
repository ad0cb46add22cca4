import {
  maxLayers,
  ociLayerType,
  type Descriptor,
  type Digest,
  type LayerCompression,
} from '@wharf/oci';
import { chainIds } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import { together } from '../../images/together.js';
import type { OutputDependencies } from '../outputs/dependencies.js';
import { ownBlob, type PackDependencies } from '../outputs/image/layers.js';
import type { ExportContext } from '../outputs.js';

export type ExportLayerDependencies = PackDependencies &
  Pick<OutputDependencies, 'records' | 'documents'>;

export interface StacksRequest {
  /** Each lowest first. */
  readonly stacks: readonly (readonly Digest[])[];
  /** Digests of the manifests of base images, whose own blobs are taken. */
  readonly bases: readonly string[];
  readonly compression: LayerCompression;
  readonly context: ExportContext;
}

/** Blobs of all layers of the stacks that are here, in the store and held. */
export async function stackBlobs(
  deps: ExportLayerDependencies,
  { stacks, bases, compression, context }: StacksRequest,
): Promise<ReadonlyMap<Digest, Descriptor>> {
  const blobs = new Map<Digest, Descriptor>();
  for (const base of bases)
    for (const [diffId, blob] of await baseBlobs(deps, base, context)) blobs.set(diffId, blob);
  const wanted = new Map<Digest, { readonly stack: readonly Digest[]; readonly index: number }>();
  for (const stack of stacks) {
    const chain = chainIds(stack, hashBytes);
    for (const [index, diffId] of stack.slice(0, maxLayers).entries()) {
      const isHere = deps.layers.find(chain[index] as Digest) !== undefined;
      if (isHere && !blobs.has(diffId) && !wanted.has(diffId)) wanted.set(diffId, { stack, index });
    }
  }
  await together(
    [...wanted].map(([diffId, { stack, index }]) => async (signal: AbortSignal) => {
      const how = { compression, context: { ...context, signal } };
      blobs.set(diffId, await ownBlob(deps, stack, index, how));
    }),
    context,
  );
  return blobs;
}

/** Of an image that is here with its blobs; of others none. */
async function baseBlobs(
  { records, documents, content }: ExportLayerDependencies,
  digest: string,
  { hold }: ExportContext,
): Promise<readonly (readonly [Digest, Descriptor])[]> {
  const record = records.manifest(digest);
  if (record === undefined) return [];
  try {
    const { layers } = (await documents.manifest(record.digest)).document;
    const { diffIds } = await documents.config(record.configDigest);
    await hold(layers.map((layer) => layer.digest));
    const found: (readonly [Digest, Descriptor])[] = [];
    for (const [at, { mediaType, digest: blob, size }] of layers.entries()) {
      const diffId = diffIds[at];
      if (diffId === undefined || (await content.find(blob)) !== size) continue;
      found.push([diffId, { mediaType: ociLayerType(mediaType), digest: blob, size }]);
    }
    return found;
  } catch {
    return [];
  }
}
