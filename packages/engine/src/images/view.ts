import type { Image } from '@wharf/core';
import { familiar, familiarName, parseReference } from '@wharf/oci';
import type { FoundImage } from './lookup.js';
import { listPlatforms, manifestContentSize, type PlatformDependencies } from './platforms.js';
import type { ImageRecords, TargetRecord } from './records.js';
import { shadowsOf } from './shadows.js';

/** What callers see of an image, through one of its platforms. */
export async function toImage(
  deps: PlatformDependencies & { readonly records: ImageRecords },
  { target, manifest }: Pick<FoundImage, 'target' | 'manifest'>,
): Promise<Image> {
  const config = await deps.documents.config(manifest.configDigest);
  const platforms = await listPlatforms(deps, target);
  const { os, architecture, variant } = config.platform;
  return {
    id: manifest.configDigest,
    targetDigest: target.digest,
    targetMediaType: await targetMediaType(deps, target),
    platforms,
    manifestDigest: manifest.digest,
    manifestMediaType: manifest.mediaType,
    repoTags: target.names.map((name) => familiar(parseReference(name))),
    repoDigests: [target, ...shadowsOf(deps.records, target)].flatMap(repoDigests),
    ...(config.created === undefined ? {} : { createdAt: new Date(config.created) }),
    ...(target.taggedMs === 0 ? {} : { lastTaggedAt: new Date(target.taggedMs) }),
    size: deps.layers.size(config.diffIds),
    contentSize: await manifestContentSize(deps.documents, manifest.digest),
    containers: platforms.reduce((sum, platform) => sum + platform.containers.length, 0),
    os,
    architecture,
    variant,
    author: config.author,
    config: config.config,
    diffIds: config.diffIds,
    history: config.history,
  };
}

/** Familiar names with the digest by which the target can be had again. */
export function repoDigests({ repositories, digest }: TargetRecord): string[] {
  return repositories.map((repository) => `${familiarName(parseReference(repository))}@${digest}`);
}

/** Of the record, or of the document where the record is from before it was kept. */
export async function targetMediaType(
  { documents }: Pick<PlatformDependencies, 'documents'>,
  { digest, kind, mediaType }: TargetRecord,
): Promise<string> {
  if (mediaType !== '' || kind !== 'index') return mediaType;
  const index = await documents.index(digest).catch(() => undefined);
  return index?.document.mediaType ?? '';
}
