import type { PushResult } from '@wharf/core';
import {
  digestHex,
  familiar,
  makeImageIndex,
  maxDocumentBytes,
  serialiseImageIndex,
  withDigest,
  withTag,
  type Descriptor,
  type Digest,
  type IndexEntry,
} from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type { RegistryCallOptions, RegistryWritePort, ResolvedDescriptor } from '../ports.js';
import type { PushJob } from './push.js';

export interface PushDocumentDependencies {
  readonly content: Pick<ContentStore, 'read'>;
  readonly registry: Pick<RegistryWritePort, 'pushManifest' | 'listReferrers'>;
}

/** A document with what it says about another one. */
interface Said {
  readonly descriptor: ResolvedDescriptor;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Manifests and inner indexes by digest, what the name points at by its tag, last. */
export async function pushDocuments(
  deps: PushDocumentDependencies,
  { name, selection }: PushJob,
  options: RegistryCallOptions,
): Promise<PushResult> {
  const { target, manifests, indexes } = selection;
  const documents: Said[] = [
    ...manifests.map(({ descriptor, manifest }) => ({
      ...manifest,
      descriptor,
      artifactType: manifest.artifactType ?? manifest.config.mediaType,
    })),
    ...indexes.map(({ descriptor, index }) => ({ ...index, descriptor })),
  ];
  const inner = documents.filter(({ descriptor }) => descriptor.digest !== target.digest);
  const outer = documents.find(({ descriptor }) => descriptor.digest === target.digest);
  for (const said of [...inner, ...(outer === undefined ? [] : [outer])]) {
    const { mediaType, digest } = said.descriptor;
    const made = digest === target.digest ? selection.made : undefined;
    const bytes = made ?? (await deps.content.read(digest, maxDocumentBytes));
    const at = said === outer ? name : withDigest(name, digest);
    const { subjectHandled } = await deps.registry.pushManifest(at, mediaType, bytes, options);
    if (said.subject !== undefined && !subjectHandled)
      await keepReferrer(deps, name, said, said.subject.digest, options);
  }
  const { digest, size, mediaType } = target;
  return { reference: familiar(name), digest, size, mediaType };
}

/** Registries without the referrers API have them as an index under a tag (distribution-spec 1.1, "Unavailable Referrers API"). */
async function keepReferrer(
  deps: PushDocumentDependencies,
  name: PushJob['name'],
  { descriptor, artifactType, annotations }: Said,
  subject: Digest,
  options: RegistryCallOptions,
): Promise<void> {
  const known = await deps.registry.listReferrers(name, subject, options);
  if (known.some(({ digest }) => digest === descriptor.digest)) return;
  const own: IndexEntry = {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const index = makeImageIndex([...known, own]);
  const tag = `sha256-${digestHex(subject)}`;
  const bytes = serialiseImageIndex(index);
  await deps.registry.pushManifest(withTag(name, tag), index.mediaType, bytes, options);
}
