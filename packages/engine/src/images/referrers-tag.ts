import { isWharfError } from '@wharf/core';
import {
  makeImageIndex,
  parseImageIndex,
  serialiseImageIndex,
  withTag,
  type Descriptor,
  type Digest,
  type ImageIndex,
  type Reference,
} from '@wharf/oci';
import type { RegistryCallOptions, RegistryPort, RegistryWritePort } from './ports.js';

/**
 * Keeps the list of referrers under the tag `sha256-<hex>` of their subject, for registries that do not keep it by
 * themselves (distribution-spec 1.1, referrers tag schema). Two writers at once may lose one entry, as the spec says.
 */
export async function keepReferrersTag(
  registry: RegistryPort & RegistryWritePort,
  repository: Reference,
  subject: Digest,
  referrer: Descriptor,
  options: RegistryCallOptions,
): Promise<void> {
  const reference = withTag(repository, subject.replace(':', '-'));
  const known = await indexAt(registry, reference, options);
  if (known?.manifests.some(({ digest }) => digest === referrer.digest) === true) return;
  const index = makeImageIndex([...(known?.manifests ?? []), referrer]);
  await registry.pushManifest(reference, index.mediaType, serialiseImageIndex(index), options);
}

async function indexAt(
  registry: RegistryPort,
  reference: Reference,
  options: RegistryCallOptions,
): Promise<ImageIndex | undefined> {
  try {
    const descriptor = await registry.resolve(reference, options);
    const bytes = await registry.fetchDocument(reference, descriptor, 'manifest', options);
    return parseImageIndex(bytes, { descriptorType: descriptor.mediaType });
  } catch (error) {
    if (isWharfError(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}
