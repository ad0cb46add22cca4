import type { CallOptions, ImageHistoryEntry, ImageRuntimeConfig } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import {
  makeManifest,
  maxLayers,
  mediaTypes,
  ociLayerType,
  serialiseConfig,
  serialiseManifest,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  type Platform,
} from '@wharf/oci';
import type { BlobIdentity, ContentStore } from '../content/content.js';
import { hashBytes } from '../layers/layers.js';
import type { Claim } from './claims.js';
import {
  claimedDigests,
  nameTarget,
  unpackManifest,
  type InstallableManifest,
  type InstallDependencies,
} from './install.js';

export interface ComposeDependencies extends InstallDependencies {
  readonly content: Pick<ContentStore, 'path' | 'put'>;
}

/** A layer on top of what is there already; its blob is in the content store and claimed. */
export interface NewLayer {
  readonly blob: BlobIdentity;
  readonly mediaType: string;
  readonly diffId: Digest;
}

export interface ComposeRequest {
  /** The image below; none for one from scratch. */
  readonly base?: InstallableManifest;
  /** Of the new image. */
  readonly platform: Platform;
  /** Lowest first; none for a change of the config alone. */
  readonly layers: readonly NewLayer[];
  readonly config: ImageRuntimeConfig;
  /** What is added to the base's: an entry for each new layer, and any number of those with `emptyLayer`. */
  readonly history: readonly ImageHistoryEntry[];
  readonly author: string;
  readonly created: Date;
  /** Canonical, with tag; none leaves the image dangling. */
  readonly names: readonly string[];
  /** What the event log calls it (commit, import). */
  readonly action: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ComposedImage {
  readonly imageId: Digest;
  readonly manifestDigest: Digest;
  readonly manifest: Manifest;
  /** Id of an image that lost its last name by this. */
  readonly replaced: string | undefined;
}

/**
 * Makes an image of one platform: its documents, its layers unpacked, its names, which come last and at once. The same
 * request gives the same digests.
 * @param claim holds the blobs of `layers` already; it is fulfilled in the end
 * @throws FailedPreconditionError when it would have too many layers
 */
export async function composeImage(
  deps: ComposeDependencies,
  claim: Claim,
  request: ComposeRequest,
  { signal }: CallOptions,
): Promise<ComposedImage> {
  const image = describe(request);
  const { manifest, descriptor } = image.installable;
  await claim.hold(claimedDigests(image.installable), { signal });
  await deps.content.put(image.configBytes, { signal });
  await deps.content.put(image.manifestBytes, { signal });
  await unpackManifest(deps, image.installable, { signal });
  const imageId = manifest.config.digest;
  const { replaced } = nameTarget(deps, {
    target: descriptor,
    manifests: [image.installable],
    names: request.names,
    digests: [],
    event: {
      action: request.action,
      actorId: imageId,
      attributes: request.attributes ?? {},
    },
  });
  claim.fulfil();
  return { imageId, manifestDigest: descriptor.digest, manifest, replaced };
}

interface DescribedImage {
  readonly installable: InstallableManifest;
  readonly configBytes: Uint8Array;
  readonly manifestBytes: Uint8Array;
}

function describe(request: ComposeRequest): DescribedImage {
  const config = configOf(request);
  if (config.diffIds.length > maxLayers) {
    throw new FailedPreconditionError(
      `max depth exceeded: the image would have ${config.diffIds.length} layers, the limit is ${maxLayers}`,
    );
  }
  const configBytes = serialiseConfig(config);
  const layers = [
    ...(request.base?.manifest.layers ?? []),
    ...request.layers.map(({ blob, mediaType }): Descriptor => ({ ...blob, mediaType })),
  ];
  const manifest = makeManifest(
    { mediaType: mediaTypes.ociConfig, digest: hashBytes(configBytes), size: configBytes.length },
    layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
  );
  const manifestBytes = serialiseManifest(manifest);
  const descriptor = {
    mediaType: manifest.mediaType,
    digest: hashBytes(manifestBytes),
    size: manifestBytes.length,
  };
  return { installable: { descriptor, manifest, config }, configBytes, manifestBytes };
}

function configOf(request: ComposeRequest): ImageConfig {
  const below = request.base?.config;
  return {
    platform: request.platform,
    created: request.created.toISOString(),
    author: request.author,
    config: request.config,
    diffIds: [...(below?.diffIds ?? []), ...request.layers.map((layer) => layer.diffId)],
    history: [...(below?.history ?? []), ...request.history],
  };
}
