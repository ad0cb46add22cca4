import type { PushResult } from '@wharf/core';
import { familiar, maxDocumentBytes, withDigest, type Descriptor } from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type {
  RegistryCallOptions,
  RegistryPort,
  RegistryWritePort,
  ResolvedDescriptor,
} from '../ports.js';
import { keepReferrersTag } from '../referrers-tag.js';
import type { PushJob } from './job.js';

export interface PushDocumentDependencies {
  readonly content: Pick<ContentStore, 'read'>;
  readonly registry: RegistryPort & RegistryWritePort;
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
  { name, selection }: Pick<PushJob, 'name' | 'selection'>,
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
      await keepReferrersTag(deps.registry, name, said.subject.digest, referrerOf(said), options);
  }
  const { digest, size, mediaType } = target;
  return { reference: familiar(name), digest, size, mediaType };
}

function referrerOf({ descriptor, artifactType, annotations }: Said): Descriptor {
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
