import { NotFoundError, type CallOptions } from '@wharf/core';
import {
  checkLayerCount,
  chooseForPlatform,
  formatPlatform,
  isIndexType,
  parseConfig,
  parseImageIndex,
  parseManifest,
  parseReference,
  type IndexEntry,
  type Platform,
  type Reference,
} from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type { Layers } from '../../layers/layers.js';
import type { PackPort } from '../../layers/ports.js';
import { claimedDigests, unpackManifest, type InstallableManifest } from '../../images/install.js';
import type { BaseImages } from '../base-images.js';
import type { BaseLayers, ObtainOptions } from '../base/base-layers.js';
import { fetchBlob } from '../cache-transfer/fetch-blob.js';
import { layoutSource } from '../cache-transfer/layout-source.js';
import { layoutTree } from './layout-name.js';
import { openLayout, type Layout, type LayoutTrees } from './open-layout.js';

export interface LayoutBaseDependencies {
  readonly trees: LayoutTrees;
  readonly content: ContentStore;
  readonly layers: Pick<Layers, 'find' | 'commit' | 'prove' | 'settle'>;
  readonly pack: Pick<PackPort, 'identify'>;
}

type Bases = BaseImages & BaseLayers;

/** Base images of layouts that a build was given, which get no name here; others as before. */
export function withLayouts(bases: Bases, deps: LayoutBaseDependencies): Bases {
  return {
    ...bases,
    async resolve(text, platform, options) {
      const reference = parseReference(text);
      const tree = layoutTree(reference);
      if (tree === undefined) return bases.resolve(text, platform, options);
      const { config, descriptor } = await readImage(deps, reference, platform, options);
      return { config: config.config, platform: config.platform, digest: descriptor.digest };
    },
    async obtain(request, options) {
      const reference = parseReference(request.reference);
      const tree = layoutTree(reference);
      if (tree === undefined) return bases.obtain(request, options);
      const image = await readImage(deps, reference, request.platform, options);
      await options.hold(claimedDigests(image));
      await bring(deps, tree, image, options);
      return image;
    },
  };
}

interface LayoutImage extends InstallableManifest {
  readonly documents: readonly Uint8Array[];
}

async function readImage(
  { trees }: LayoutBaseDependencies,
  reference: Reference,
  platform: Platform,
  options: CallOptions,
): Promise<LayoutImage> {
  const layout = openLayout(trees, layoutTree(reference) ?? '');
  const descriptor = await findManifest(layout, reference, platform, options);
  const bytes = await layout.read(descriptor, options);
  const manifest = parseManifest(bytes, { descriptorType: descriptor.mediaType });
  const configBytes = await layout.read(manifest.config, options);
  const config = parseConfig(configBytes);
  checkLayerCount(manifest, config);
  return { descriptor, manifest, config, documents: [bytes, configBytes] };
}

const nameAnnotation = 'org.opencontainers.image.ref.name';

/** By digest, else by the tag that an entry has; the only entry is meant by any tag that is not said. */
async function findManifest(
  layout: Layout,
  { tag = 'latest', digest }: Reference,
  platform: Platform,
  options: CallOptions,
): Promise<IndexEntry> {
  const entries = await layout.entries(options);
  const isMeant = (entry: IndexEntry): boolean =>
    digest === undefined ? nameOf(entry) === tag : entry.digest === digest;
  const named = entries.filter(isMeant);
  const [only, another] = entries;
  const isOnly = digest === undefined && tag === 'latest' && another === undefined;
  const found = named.length > 0 ? named : only !== undefined && isOnly ? [only] : [];
  const [first] = found;
  if (first === undefined) throw new NotFoundError('image in the OCI layout', digest ?? tag);
  if (!isIndexType(first.mediaType)) return found.length === 1 ? first : among(found, platform);
  const index = parseImageIndex(await layout.read(first, options), {
    descriptorType: first.mediaType,
  });
  return chooseForPlatform(index, platform);
}

function nameOf({ annotations }: IndexEntry): string | undefined {
  const name = annotations?.[nameAnnotation];
  // Some write all of a reference there.
  return name?.slice(name.lastIndexOf(':') + 1);
}

function among(entries: readonly IndexEntry[], platform: Platform): IndexEntry {
  const text = formatPlatform(platform);
  const found = entries.find((one) => one.platform && formatPlatform(one.platform) === text);
  if (found !== undefined) return found;
  throw new NotFoundError('image in the OCI layout', text);
}

async function bring(
  deps: LayoutBaseDependencies,
  tree: string,
  image: LayoutImage,
  { signal, onProgress }: ObtainOptions,
): Promise<void> {
  const { content, trees } = deps;
  for (const document of image.documents) await content.put(document, { signal });
  const source = layoutSource(trees, tree);
  for (const blob of image.manifest.layers) {
    const tell = (current: number, total: number): void => onProgress(blob.digest, current, total);
    await fetchBlob(content, { source, blob }, { signal, onProgress: tell });
  }
  await unpackManifest(deps, image, { signal });
}
