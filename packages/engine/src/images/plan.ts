import type { CallOptions } from '@wharf/core';
import { isWharfError, WharfError } from '@wharf/core';
import {
  canonicalName,
  checkLayerCount,
  chooseForPlatform,
  familiar,
  formatPlatform,
  hostPlatform,
  isImageManifest,
  isIndexType,
  parseConfig,
  parseManifest,
  parseManifestOrIndex,
  runnablePlatforms,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type IndexEntry,
  type Manifest,
  type Platform,
  type Reference,
} from '@wharf/oci';
import type { Flights } from '../concurrency/flights.js';
import type { ContentStore } from '../content/content.js';
import type { Claim } from './claims.js';
import type { InstallableManifest } from './install.js';
import { attestationSubject, isAttestation } from './platforms.js';
import type { RegistryAuth, RegistryPort, ResolvedDescriptor } from './ports.js';

export interface DocumentDependencies {
  readonly content: ContentStore;
  readonly registry: RegistryPort;
  /** Manifests, indexes and configs on their way in, by digest. */
  readonly fetches: Flights<Uint8Array>;
}

export interface RemoteOptions extends CallOptions {
  readonly auth?: RegistryAuth;
}

/** Which platforms to take: the host's best, a named one, or all. */
export type WantedPlatform = 'host' | 'all' | Platform;

/** What there is to fetch for an image. */
export interface PullPlan {
  readonly reference: Reference;
  readonly target: ResolvedDescriptor;
  readonly images: readonly InstallableManifest[];
  /** Blobs of what is kept with the images and not unpacked: attestations of all platforms. */
  readonly others: readonly Descriptor[];
}

/** Fetches the documents of an image under the claim, and checks them. */
export async function planPull(
  deps: DocumentDependencies,
  claim: Claim,
  {
    reference,
    target,
    wanted,
  }: Pick<PullPlan, 'reference' | 'target'> & { wanted: WantedPlatform },
  options: RemoteOptions,
): Promise<PullPlan> {
  const source: Source = { deps, claim, reference, options };
  const bytes = await document(source, target, 'manifest');
  const parsed = parseManifestOrIndex(bytes, { descriptorType: target.mediaType });
  if (parsed.kind === 'manifest') {
    const image = await planImage(source, target, parsed);
    if (image === undefined) throw notAnImage(reference, parsed);
    refuseOtherPlatform(reference, image.config, wanted);
    return {
      reference,
      target: { ...target, mediaType: parsed.mediaType },
      images: [image],
      others: [],
    };
  }
  const whole = { ...target, mediaType: parsed.mediaType };
  return { reference, target: whole, ...(await planIndex(source, parsed, wanted)) };
}

interface Source {
  readonly deps: DocumentDependencies;
  readonly claim: Claim;
  readonly reference: Reference;
  readonly options: RemoteOptions;
}

async function planIndex(
  source: Source,
  index: ImageIndex,
  wanted: WantedPlatform,
): Promise<Pick<PullPlan, 'images' | 'others'>> {
  if (wanted === 'all') return planAll(source, index);
  const entry = chooseForPlatform(index, wanted === 'host' ? hostPlatform(process.arch) : wanted);
  if (isIndexType(entry.mediaType)) throw nestedIndex(source.reference, entry);
  const manifest = await fetchManifest(source, entry);
  const image = await planImage(source, entry, manifest);
  if (image === undefined) throw notAnImage(source.reference, manifest);
  if (entry.platform === undefined) refuseOtherPlatform(source.reference, image.config, wanted);
  const about = index.manifests.filter((other) => attestationSubject(other) === entry.digest);
  await Promise.all(about.filter(isAttestation).map((other) => keepDocument(source, other)));
  return { images: [image], others: [] };
}

/** All that the index lists, in its order; indexes inside it are left out. */
async function planAll(
  source: Source,
  index: ImageIndex,
): Promise<Pick<PullPlan, 'images' | 'others'>> {
  const images: InstallableManifest[] = [];
  const others: Descriptor[] = [];
  for (const entry of index.manifests.filter(({ mediaType }) => !isIndexType(mediaType))) {
    const manifest = await fetchManifest(source, entry);
    const image = await planImage(source, entry, manifest);
    if (image === undefined) others.push(manifest.config, ...manifest.layers);
    else images.push(image);
  }
  if (images.length > 0) return { images, others };
  throw new WharfError(
    'not-found',
    `${familiar(source.reference)} has no platform: its index lists no image`,
  );
}

async function fetchManifest(source: Source, entry: IndexEntry): Promise<Manifest> {
  const bytes = await document(source, entry, 'manifest');
  return parseManifest(bytes, { descriptorType: entry.mediaType });
}

/** Undefined for what is no container image. */
async function planImage(
  source: Source,
  { mediaType, digest, size }: ResolvedDescriptor,
  manifest: Manifest,
): Promise<InstallableManifest | undefined> {
  if (!isImageManifest(manifest)) return undefined;
  const config = parseConfig(await document(source, manifest.config, 'blob'));
  checkLayerCount(manifest, config);
  return { descriptor: { mediaType, digest, size }, manifest, config };
}

/** What is said about a platform is good to have; the image is whole without it. */
async function keepDocument(source: Source, entry: IndexEntry): Promise<void> {
  try {
    await document(source, entry, 'manifest');
  } catch (error) {
    source.options.signal.throwIfAborted();
    if (!isWharfError(error)) throw error;
  }
}

/** Fetched once for all who ask meanwhile, claimed first. */
async function document(
  { deps, claim, reference, options }: Source,
  descriptor: ResolvedDescriptor,
  kind: 'manifest' | 'blob',
): Promise<Uint8Array> {
  const { content, registry, fetches } = deps;
  await claim.hold([descriptor.digest], options);
  return fetches.join(descriptor.digest, options, async (signal) => {
    if ((await content.find(descriptor.digest)) === descriptor.size) {
      return content.read(descriptor.digest, descriptor.size);
    }
    const bytes = await registry.fetchDocument(reference, descriptor, kind, { ...options, signal });
    const ingest = await content.begin(descriptor, { signal });
    try {
      await ingest.write(bytes.subarray(ingest.offset));
      await ingest.commit();
    } finally {
      await ingest.close();
    }
    return bytes;
  });
}

/** What names no platform itself must fit the one that was asked for. Nobody's wish is refused nothing, as docker does. */
function refuseOtherPlatform(
  reference: Reference,
  { platform }: ImageConfig,
  wanted: WantedPlatform,
): void {
  if (wanted === 'host' || wanted === 'all') return;
  const fitting = runnablePlatforms(wanted).filter(
    ({ architecture }) => architecture === wanted.architecture,
  );
  const actual = formatPlatform(platform);
  if (fitting.some((candidate) => formatPlatform(candidate) === actual)) return;
  const name = formatPlatform(wanted);
  throw new WharfError(
    'not-found',
    `no matching manifest for ${name}: ${familiar(reference)} is for ${actual} alone`,
    { facts: { platform: name } },
  );
}

function nestedIndex(reference: Reference, { digest }: IndexEntry): WharfError {
  return new WharfError(
    'unimplemented',
    `${familiar(reference)} has an index for this platform where an image is wanted: nested indexes are not followed, pull ${canonicalName(reference)}@${digest} instead`,
    { facts: { digest } },
  );
}

function notAnImage(reference: Reference, manifest: Manifest): WharfError {
  return new WharfError(
    'unimplemented',
    `${familiar(reference)} is not a container image: its config has type ${manifest.config.mediaType}`,
  );
}
