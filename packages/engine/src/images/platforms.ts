import type { ImagePlatform } from '@wharf/core';
import { formatPlatform, type Digest, type ImageIndex, type IndexEntry } from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { ImageDocuments } from './documents.js';
import type { ManifestRecord, TargetRecord } from './records.js';
import type { ImageUse } from './use.js';

export interface PlatformDependencies {
  readonly content: Pick<ContentStore, 'find'>;
  readonly documents: ImageDocuments;
  readonly layers: Layers;
  readonly use: ImageUse;
}

export const typeAnnotation = 'vnd.docker.reference.type';
/** Of an attestation: the digest of what it is about. */
export const subjectAnnotation = 'vnd.docker.reference.digest';

/** BuildKit's mark on an entry that says something about another one (provenance, SBOM). */
export function isAttestation({ annotations }: IndexEntry): boolean {
  return annotations?.[typeAnnotation] === 'attestation-manifest';
}

/** Digest of the entry that an attestation is about. */
export function attestationSubject({ annotations }: IndexEntry): string | undefined {
  return annotations?.[subjectAnnotation];
}

/** All that an image lists, in the order of its index; one entry for an image without index. */
export async function listPlatforms(
  deps: PlatformDependencies,
  target: TargetRecord,
): Promise<readonly ImagePlatform[]> {
  const index = target.kind === 'index' ? await readIndex(deps, target.digest) : undefined;
  const here = new Map(target.manifests.map((record) => [record.digest, record]));
  const listed = await Promise.all(
    (index?.manifests ?? []).map((entry) => {
      const record = here.get(entry.digest);
      here.delete(entry.digest);
      return record === undefined ? absentPart(deps, entry) : recordedPart(deps, record);
    }),
  );
  const others = [...here.values()].map((record) => recordedPart(deps, record));
  return [...listed, ...(await Promise.all(others))];
}

/** Undefined when the document itself is lost: what is recorded can still be shown. */
async function readIndex(
  { documents }: PlatformDependencies,
  digest: Digest,
): Promise<ImageIndex | undefined> {
  return (await documents.index(digest).catch(() => undefined))?.document;
}

async function recordedPart(
  deps: PlatformDependencies,
  record: ManifestRecord,
): Promise<ImagePlatform> {
  const config = await deps.documents.config(record.configDigest);
  return {
    platform: record.platform,
    kind: 'image',
    manifestDigest: record.digest,
    imageId: record.configDigest,
    available: record.unpacked,
    contentSize: await manifestContentSize(deps.documents, record.digest),
    size: deps.layers.size(config.diffIds),
    containers: deps.use.users(record.digest).map(({ id }) => id),
  };
}

/** Bytes of all blobs of one platform, its manifest included. */
export async function manifestContentSize(
  documents: ImageDocuments,
  digest: Digest,
): Promise<number> {
  const { document, size } = await documents.manifest(digest);
  const blobs = new Map([document.config, ...document.layers].map((b) => [b.digest, b.size]));
  return [...blobs.values()].reduce((sum, bytes) => sum + bytes, size);
}

async function absentPart(deps: PlatformDependencies, entry: IndexEntry): Promise<ImagePlatform> {
  const attests = isAttestation(entry);
  const known = entry.platform !== undefined && entry.platform.os !== 'unknown';
  return {
    platform: known && entry.platform !== undefined ? formatPlatform(entry.platform) : '',
    kind: attests ? 'attestation' : known ? 'image' : 'unknown',
    manifestDigest: entry.digest,
    imageId: '',
    available: attests && (await isWhole(deps, entry)),
    contentSize: (await deps.content.find(entry.digest)) ?? 0,
    size: 0,
    containers: [],
  };
}

/** Whether what an attestation says is here too: a pull brings its manifest alone. */
async function isWhole(
  { content, documents }: PlatformDependencies,
  { digest }: IndexEntry,
): Promise<boolean> {
  if ((await content.find(digest)) === undefined) return false;
  const found = await documents.manifest(digest).catch(() => undefined);
  if (found === undefined) return false;
  for (const layer of found.document.layers)
    if ((await content.find(layer.digest)) !== layer.size) return false;
  return true;
}
