import {
  formatPlatform,
  isImageManifest,
  parseConfig,
  parseManifestOrIndex,
  withDigest,
  withoutTagAndDigest,
  type Descriptor,
  type ImageIndex,
  type IndexEntry,
  type Manifest,
  type Platform,
  type Reference,
} from '@wharf/oci';
import type { ResolvedDescriptor } from '../images/ports.js';
import type { Access, RegistryBoth } from './access.js';

/** A manifest or index in a registry, verified. */
export interface Found {
  readonly reference: Reference;
  readonly descriptor: ResolvedDescriptor;
  readonly bytes: Uint8Array;
  readonly document: Manifest | ImageIndex;
}

export async function lookUp(
  registry: RegistryBoth,
  reference: Reference,
  access: Access,
): Promise<Found> {
  return fetchFound(
    registry,
    reference,
    await registry.resolve(reference, access(reference)),
    access,
  );
}

/** A document of the same repository, by its descriptor. */
export async function fetchFound(
  registry: RegistryBoth,
  reference: Reference,
  descriptor: ResolvedDescriptor,
  access: Access,
): Promise<Found> {
  const { mediaType, digest, size } = descriptor;
  const plain = { mediaType, digest, size };
  const bytes = await registry.fetchDocument(reference, plain, 'manifest', access(reference));
  const document = parseManifestOrIndex(bytes, { descriptorType: mediaType });
  return { reference, descriptor: plain, bytes, document };
}

/** What its config says; undefined for artifacts. */
export async function platformOf(
  registry: RegistryBoth,
  { reference, document }: Found,
  access: Access,
): Promise<Platform | undefined> {
  if (document.kind === 'index' || !isImageManifest(document)) return undefined;
  const options = access(reference);
  const bytes = await registry.fetchDocument(reference, document.config, 'blob', options);
  return parseConfig(bytes).platform;
}

export function platformText(platform: Platform | undefined): string {
  return platform === undefined ? '' : formatPlatform(platform);
}

/** The same repository at that digest, without a tag. */
export function at(reference: Reference, { digest }: Pick<Descriptor, 'digest'>): Reference {
  return withDigest(withoutTagAndDigest(reference), digest);
}

export function entryOf(found: Found, platform: Platform | undefined): IndexEntry {
  return platform === undefined ? found.descriptor : { ...found.descriptor, platform };
}
