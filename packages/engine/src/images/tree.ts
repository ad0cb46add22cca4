import { NotFoundError, ResourceExhaustedError, WharfError } from '@wharf/core';
import {
  formatPlatform,
  isForeignLayerType,
  isImageManifest,
  isIndexType,
  maxIndexDepth,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type ImageIndex,
  type IndexEntry,
  type Manifest,
} from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import type { ImageDocuments } from './documents.js';
import { attestationSubject, isAttestation } from './platforms.js';
import type { ResolvedDescriptor } from './ports.js';
import type { TargetRecord } from './records.js';
import { targetMediaType } from './view.js';

/** A manifest below a target, with all of its blobs here. */
export interface TreeManifest {
  /** As the index has it; for a target without index the target itself. */
  readonly descriptor: IndexEntry;
  readonly manifest: Manifest;
  /** Of a container image; absent for artifacts such as attestations. */
  readonly config?: ImageConfig;
  /** As its config says; absent for artifacts. */
  readonly platform?: string;
}

export interface TreeIndex {
  readonly descriptor: ResolvedDescriptor;
  readonly index: ImageIndex;
}

/** What of an image is here. */
export interface ImageTree {
  readonly target: ResolvedDescriptor;
  /** Indexes that are here, inner ones first; empty for a single manifest. */
  readonly indexes: readonly TreeIndex[];
  readonly present: readonly TreeManifest[];
  /** Entries that are not here, or lack a blob. */
  readonly absent: readonly IndexEntry[];
}

export interface TreeDependencies {
  readonly content: Pick<ContentStore, 'find'>;
  readonly documents: ImageDocuments;
}

/** Of one image, counting what is listed twice: indexes in indexes multiply. */
const maxVisited = 10_000;

/** Where the document of a recorded image is. not-found when it is lost. */
export async function describeTarget(
  deps: TreeDependencies,
  target: TargetRecord,
): Promise<ResolvedDescriptor> {
  const size = await deps.content.find(target.digest);
  if (size === undefined) throw new NotFoundError('blob', target.digest);
  return { mediaType: await targetMediaType(deps, target), digest: target.digest, size };
}

/** Reads what of a target is here. A document that is none is absent too; a target without its document is data-loss. */
export async function readTree(
  deps: TreeDependencies,
  target: ResolvedDescriptor,
): Promise<ImageTree> {
  const indexes: TreeIndex[] = [];
  const present: TreeManifest[] = [];
  const absent: IndexEntry[] = [];
  let visited = 0;
  const visit = async (entry: IndexEntry, depth: number): Promise<void> => {
    if (++visited > maxVisited) {
      throw new ResourceExhaustedError(
        `the indexes of ${target.digest} list more than ${maxVisited} manifests`,
      );
    }
    const isIndex = isIndexType(entry.mediaType);
    const size = await deps.content.find(entry.digest);
    if (size !== entry.size || (isIndex && depth >= maxIndexDepth)) return void absent.push(entry);
    if (!isIndex) {
      const found = await readManifest(deps, entry);
      if (found === undefined) absent.push(entry);
      else present.push(found);
      return;
    }
    const index = (await deps.documents.index(entry.digest)).document;
    for (const child of index.manifests) await visit(child, depth + 1);
    indexes.push({ descriptor: entry, index });
  };
  await visit(target, 0);
  if (present.length === 0) {
    throw new WharfError('not-found', `nothing of image ${target.digest} is here`, {
      facts: { kind: 'image', name: target.digest },
    });
  }
  return { target, indexes, present, absent };
}

async function readManifest(
  { content, documents }: TreeDependencies,
  descriptor: IndexEntry,
): Promise<TreeManifest | undefined> {
  const { document: manifest } = await documents.manifest(descriptor.digest);
  for (const blob of [manifest.config, ...manifest.layers]) {
    const size = await content.find(blob.digest);
    if (size !== blob.size && !(size === undefined && isForeignLayerType(blob.mediaType)))
      return undefined;
  }
  if (!isImageManifest(manifest)) return { descriptor, manifest };
  const config = await documents.config(manifest.config.digest);
  return { descriptor, manifest, config, platform: formatPlatform(config.platform) };
}

/** Every blob of it that is here, each once, in the order in which it is to be written elsewhere. */
export function blobsOf(tree: Pick<ImageTree, 'indexes' | 'present'>): readonly Descriptor[] {
  const ordered = [
    ...tree.present.flatMap(({ manifest }) => manifest.layers),
    ...tree.present.map(({ manifest }) => manifest.config),
    ...tree.present.map(({ descriptor }) => plain(descriptor)),
    ...tree.indexes.map(({ descriptor }) => plain(descriptor)),
  ];
  const seen = new Map<Digest, Descriptor>();
  for (const blob of ordered) if (!seen.has(blob.digest)) seen.set(blob.digest, blob);
  return [...seen.values()];
}

/** Where the bytes are, without what an index says of them. */
export function plain({ mediaType, digest, size }: ResolvedDescriptor): ResolvedDescriptor {
  return { mediaType, digest, size };
}

/** The images among those manifests that fit, and the attestations about them. */
export function withAttestations(
  present: readonly TreeManifest[],
  fits: (image: TreeManifest) => boolean,
): readonly TreeManifest[] {
  const chosen = new Set(
    present
      .filter((one) => one.config !== undefined && fits(one))
      .map((one): string => one.descriptor.digest),
  );
  return present.filter(({ descriptor }) => {
    if (chosen.has(descriptor.digest)) return true;
    const subject = attestationSubject(descriptor);
    return isAttestation(descriptor) && subject !== undefined && chosen.has(subject);
  });
}
