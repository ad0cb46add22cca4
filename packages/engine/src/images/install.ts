import type { CallOptions } from '@wharf/core';
import { DataLossError } from '@wharf/core';
import {
  chainIds,
  formatPlatform,
  isIndexType,
  layerCompression,
  type Digest,
  type ImageConfig,
  type Manifest,
} from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import { hashBytes, type Layers, type LayerSource } from '../layers/layers.js';
import type { PackPort } from '../layers/ports.js';
import type { NewEvent, State } from '../state/state.js';
import { targetId } from './lookup.js';
import type { ResolvedDescriptor } from './ports.js';
import type { ImageRecords } from './records.js';
import { together } from './together.js';

/** One platform of an image as its documents describe it; all of its blobs are in the content store. */
export interface InstallableManifest {
  readonly descriptor: ResolvedDescriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

export interface InstallDependencies {
  readonly content: Pick<ContentStore, 'path'>;
  readonly layers: Pick<Layers, 'find' | 'commit' | 'prove' | 'settle'>;
  readonly pack: Pick<PackPort, 'identify'>;
  readonly records: ImageRecords;
  readonly state: State;
}

export interface UnpackManifestOptions extends CallOptions {
  /** `exists` when the stack up to that layer was unpacked already, else `unpacking` and then `done`. */
  readonly onLayer?: (index: number, phase: 'unpacking' | 'done' | 'exists') => void;
  /** Resolves when the blob of that layer is here; absent when all are. Its failure ends the whole. */
  readonly arrival?: (index: number) => Promise<unknown>;
}

/** The layer of that index as the unpacker takes it, out of the content store. */
export function layerSource(
  content: Pick<ContentStore, 'path'>,
  { manifest, config }: InstallableManifest,
  index: number,
): LayerSource {
  const layer = manifest.layers[index] as Manifest['layers'][number];
  return {
    diffId: config.diffIds[index] as Digest,
    blob: layer.digest,
    blobPath: content.path(layer.digest),
    blobSize: layer.size,
    compression: layerCompression(layer.mediaType),
  };
}

/**
 * Unpacks what is missing of the image's stack, several layers at once, each as soon as its blob is there. The caller
 * holds a claim on the blobs and chain ids (`claimedDigests`) and has checked the layer count. Callers at the same time
 * share the work on a layer. All of the stack is on the disk then, also what a build has made and nobody has waited for.
 */
export async function unpackManifest(
  deps: Pick<InstallDependencies, 'content' | 'layers' | 'pack'>,
  image: InstallableManifest,
  { signal, onLayer, arrival }: UnpackManifestOptions,
): Promise<void> {
  const chain = chainIds(image.config.diffIds, hashBytes);
  const unpack = async (index: number, signal: AbortSignal): Promise<void> => {
    await arrival?.(index);
    const source = layerSource(deps.content, image, index);
    const exists = deps.layers.find(chain[index] as Digest) !== undefined;
    if (!exists) {
      onLayer?.(index, 'unpacking');
      await deps.layers.commit(chain[index - 1], source, { signal });
    }
    await deps.layers.prove(source, (shared) => lookAt(deps, source, shared), { signal });
    onLayer?.(index, exists ? 'exists' : 'done');
  };
  await together(
    chain.map((_, index) => (both: AbortSignal) => unpack(index, both)),
    { signal },
  );
  await deps.layers.settle({ signal });
}

/** The diff id of a layer by its bytes, which must be compressed as they are said to be. */
async function lookAt(
  { pack }: Pick<InstallDependencies, 'pack'>,
  { blob, blobPath, compression }: LayerSource,
  signal: AbortSignal,
): Promise<string> {
  const found = await pack.identify({ path: blobPath }, { signal });
  if (found.compression === compression) return found.diffId;
  throw new DataLossError(
    `the layer ${blob} is said to be compressed with ${compression}, but it is ${found.compression}`,
  );
}

/** All that a claim must hold for an image of one platform: documents, layers, and the layers unpacked. */
export function claimedDigests({ descriptor, manifest, config }: InstallableManifest): Digest[] {
  return [
    descriptor.digest,
    manifest.config.digest,
    ...manifest.layers.map((layer) => layer.digest),
    ...chainIds(config.diffIds, hashBytes),
  ];
}

export interface NameTargetRequest {
  /** What the names shall point at: the index if there is one, else the manifest. */
  readonly target: ResolvedDescriptor;
  /** The platforms that are here now; they add to those that were here before. */
  readonly manifests: readonly (InstallableManifest & {
    /** False for blobs that are kept packed (other systems' layers). */
    readonly unpacked?: boolean;
  })[];
  /** Canonical, with tag. None makes a dangling image of one that had no name. */
  readonly names: readonly string[];
  /** Canonical repositories that have it under a digest. */
  readonly digests: readonly { readonly repository: string; readonly target: Digest }[];
  readonly event: Pick<NewEvent, 'action' | 'actorId' | 'attributes'>;
}

/**
 * Makes the image visible under its names, in one transaction; the claim can be fulfilled then. `replaced` is the id of
 * an image that lost its last name by that.
 */
export function nameTarget(
  deps: Pick<InstallDependencies, 'records' | 'state'>,
  request: NameTargetRequest,
): { readonly replaced: string | undefined } {
  const { records, state } = deps;
  const { target, manifests, names, digests, event } = request;
  // What is as it was is on the disk: a power cut takes the event and the times alone.
  const lasting = !isNamed(records, request);
  return state.transaction(
    (tx) => {
      const kind = isIndexType(target.mediaType) ? 'index' : 'manifest';
      records.addTarget(tx, { digest: target.digest, mediaType: target.mediaType, kind });
      for (const { descriptor, manifest, config, unpacked = true } of manifests) {
        records.addMember(tx, target.digest, {
          digest: descriptor.digest,
          mediaType: manifest.mediaType,
          configDigest: manifest.config.digest,
          platform: formatPlatform(config.platform),
          unpacked,
        });
      }
      for (const { repository, target: digest } of digests)
        records.addRepository(tx, repository, digest);
      const losers = names.map((name) => records.setName(tx, name, target.digest));
      tx.emit({ type: 'image', ...event });
      const dangling = losers
        .map((digest) => (digest === undefined ? undefined : records.target(digest)))
        .find((loser) => loser?.names.length === 0);
      return { replaced: dangling && targetId(dangling) };
    },
    { lasting },
  );
}

/** Whether all that is asked for is so already. */
function isNamed(
  records: Pick<ImageRecords, 'target'>,
  { target, manifests, names, digests }: NameTargetRequest,
): boolean {
  const known = records.target(target.digest);
  if (known === undefined) return false;
  return (
    names.every((name) => known.names.includes(name)) &&
    digests.every(
      (one) => one.target === known.digest && known.repositories.includes(one.repository),
    ) &&
    manifests.every(({ descriptor, unpacked = true }) =>
      known.manifests.some(
        (one) => one.digest === descriptor.digest && (one.unpacked || !unpacked),
      ),
    )
  );
}
