import { WharfError, type CallOptions } from '@wharf/core';
import {
  checkLayerCount,
  formatPlatform,
  hostPlatform,
  parsePlatform,
  type Descriptor,
} from '@wharf/oci';
import type { Claim } from './claims.js';
import {
  claimedDigests,
  unpackManifest,
  type InstallableManifest,
  type InstallDependencies,
  type NameTargetRequest,
} from './install.js';
import type { ResolvedDescriptor } from './ports.js';
import {
  blobsOf,
  readTree,
  type ImageTree,
  type TreeDependencies,
  type TreeManifest,
} from './tree.js';

export interface InstallTreeDependencies extends TreeDependencies {
  readonly content: TreeDependencies['content'] & InstallDependencies['content'];
  readonly layers: InstallDependencies['layers'];
  readonly pack: InstallDependencies['pack'];
}

export interface InstallTreeOptions extends CallOptions {
  /** As people write them; those alone. Empty for all that is here. */
  readonly platforms?: readonly string[];
  readonly onLayer?: (layer: Descriptor, phase: 'unpacking' | 'done' | 'exists') => void;
}

export interface InstalledTree {
  readonly tree: ImageTree;
  readonly manifests: NameTargetRequest['manifests'];
}

/**
 * Unpacks the platforms of an image that came without a registry; Linux's alone, others stay packed. It can be named after
 * that, under the claim.
 * @throws WharfError not-found when nothing of it, or of the platforms, is here
 */
export async function installTree(
  deps: InstallTreeDependencies,
  claim: Claim,
  target: ResolvedDescriptor,
  options: InstallTreeOptions,
): Promise<InstalledTree> {
  const seen = await readTree(deps, target);
  await claim.hold(
    [
      ...blobsOf(seen).map(({ digest }) => digest),
      ...seen.present.flatMap((one) => (isInstallable(one) ? claimedDigests(one) : [])),
    ],
    options,
  );
  const tree = await readTree(deps, target);
  const images = tree.present.filter(isInstallable).filter(platformFilter(options.platforms ?? []));
  if (images.length === 0) throw refuse(tree, options.platforms ?? []);
  const manifests: NameTargetRequest['manifests'][number][] = [];
  for (const image of images) {
    checkLayerCount(image.manifest, image.config);
    const unpacked = image.config.platform.os === 'linux';
    if (unpacked) await unpackManifest(deps, image, unpackOptions(image, options));
    manifests.push({ ...image, unpacked });
  }
  return { tree, manifests };
}

function isInstallable(one: TreeManifest): one is TreeManifest & InstallableManifest {
  return one.config !== undefined;
}

function unpackOptions({ manifest }: InstallableManifest, { signal, onLayer }: InstallTreeOptions) {
  return {
    signal,
    onLayer: (index: number, phase: 'unpacking' | 'done' | 'exists') => {
      const layer = manifest.layers[index];
      if (layer !== undefined) onLayer?.(layer, phase);
    },
  };
}

function platformFilter(platforms: readonly string[]): (one: InstallableManifest) => boolean {
  if (platforms.length === 0) return () => true;
  const host = hostPlatform(process.arch);
  const wanted = new Set(platforms.map((text) => formatPlatform(parsePlatform(text, host))));
  return ({ config }) => wanted.has(formatPlatform(config.platform));
}

function refuse({ target, present }: ImageTree, platforms: readonly string[]): WharfError {
  const here = present.flatMap(({ platform }) => platform ?? []).join(', ');
  const asked = platforms.length === 0 ? '' : ` for ${platforms.join(', ')}`;
  return new WharfError(
    'not-found',
    `${target.digest} has no container image${asked}: it has ${here || 'none'}`,
  );
}
