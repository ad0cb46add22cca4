import { NotFoundError, WharfError } from '@wharf/core';
import {
  formatPlatform,
  hostPlatform,
  parsePlatform,
  runnablePlatforms,
  serialiseImageIndex,
  type Digest,
  type ImageIndex,
  type Platform,
} from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import type { ResolvedDescriptor } from './ports.js';
import { withAttestations, type ImageTree, type TreeIndex, type TreeManifest } from './tree.js';

/** What of an image goes out: the whole of it, or what is here or was asked for. */
export interface Selection {
  readonly target: ResolvedDescriptor;
  readonly indexes: readonly TreeIndex[];
  readonly manifests: readonly TreeManifest[];
  /** Bytes of an index that was made for the purpose and is in no store. */
  readonly made?: Uint8Array;
  /** Nothing was left out. */
  readonly whole: boolean;
}

/**
 * Chooses platforms of an image. All of it keeps its digest; one platform goes as its own manifest; several of more
 * under an index with those alone. Attestations follow what they attest, where there is an index for them.
 * @param platforms as people write them; empty for all that is here
 * @throws WharfError not-found for a platform that is not here
 */
export function selectPlatforms(
  tree: ImageTree,
  name: string,
  platforms: readonly string[] = [],
): Selection {
  const images = tree.present.filter(({ config }) => config !== undefined);
  const asked = platforms.map((text) =>
    findPlatform(images, parsePlatform(text, hostPlatform(process.arch)), name),
  );
  const chosen = new Set(platforms.length === 0 ? images : asked);
  const complete = tree.absent.length === 0 && chosen.size === images.length;
  if (complete || chosen.size === 0)
    return { target: tree.target, indexes: tree.indexes, manifests: tree.present, whole: true };
  const [first] = chosen;
  if (chosen.size === 1 && first !== undefined) return selectMember(tree, first.descriptor.digest);
  return subset(
    tree,
    withAttestations(tree.present, (one) => chosen.has(one)),
  );
}

/** One platform of an index by the digest of its manifest. @throws NotFoundError when it is not here */
export function selectMember(tree: ImageTree, manifest: Digest): Selection {
  const found = tree.present.find(({ descriptor }) => descriptor.digest === manifest);
  if (found === undefined) throw new NotFoundError('blob', manifest);
  const { mediaType, digest, size } = found.descriptor;
  const target = { mediaType, digest, size };
  return { target, indexes: [], manifests: [found], whole: tree.indexes.length === 0 };
}

function subset(tree: ImageTree, manifests: readonly TreeManifest[]): Selection {
  const root = tree.indexes.at(-1) as TreeIndex;
  const { artifactType: _, ...rest } = root.index;
  const index: ImageIndex = { ...rest, manifests: manifests.map(({ descriptor }) => descriptor) };
  const made = serialiseImageIndex(index);
  const descriptor = { mediaType: index.mediaType, digest: hashBytes(made), size: made.length };
  return {
    target: descriptor,
    indexes: [{ descriptor, index }],
    manifests,
    made,
    whole: false,
  };
}

function findPlatform(
  images: readonly TreeManifest[],
  wanted: Platform,
  name: string,
): TreeManifest {
  const found = runnablePlatforms(wanted)
    .filter(({ architecture }) => architecture === wanted.architecture)
    .map(formatPlatform)
    .map((platform) => images.find((image) => image.platform === platform))
    .find((image) => image !== undefined);
  if (found !== undefined) return found;
  const text = formatPlatform(wanted);
  const here = images.map(({ platform }) => platform).join(', ');
  throw new WharfError(
    'not-found',
    `image ${name} is here for ${here || 'none'}, not for ${text}`,
    {
      facts: { kind: 'image', name, platform: text },
    },
  );
}

/** The image that this host would run, else the first one. */
export function bestForHost(manifests: readonly TreeManifest[]): TreeManifest | undefined {
  const images = manifests.filter(({ config }) => config !== undefined);
  return (
    runnablePlatforms(hostPlatform(process.arch))
      .map(formatPlatform)
      .map((platform) => images.find((image) => image.platform === platform))
      .find((image) => image !== undefined) ?? images[0]
  );
}
