import type { ManifestView, RegistryAccess } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import {
  canonical,
  makeManifestList,
  parseReference,
  serialiseImageIndex,
  withDefaultTag,
  type ImageIndex,
} from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import { accessOf, type Access, type RegistryBoth } from './access.js';
import { listName } from './edit.js';
import { at, fetchFound, lookUp, platformOf, platformText, type Found } from './look-up.js';
import type { ListEntry, ListRecords } from './records.js';

export interface InspectOptions extends RegistryAccess {
  readonly verbose?: boolean;
  /** Look the reference up in this list only. */
  readonly list?: string;
}

export async function inspectManifest(
  registry: RegistryBoth,
  records: ListRecords,
  ref: string,
  options: InspectOptions,
): Promise<ManifestView> {
  const access = accessOf(options);
  const reference = withDefaultTag(parseReference(ref));
  if (options.list !== undefined) {
    const entry = records
      .entries(canonical(listName(options.list)))
      .find(({ source }) => source === canonical(reference));
    if (entry === undefined) throw new NotFoundError(`manifest in ${options.list}`, ref);
    return entryView(registry, entry, access);
  }
  if (records.exists(canonical(reference))) {
    return listView(registry, canonical(reference), records, options.verbose === true, access);
  }
  const found = await lookUp(registry, reference, access);
  const { document } = found;
  const entries: ManifestView[] = [];
  if (options.verbose === true && document.kind === 'index') {
    for (const { platform, ...descriptor } of document.manifests) {
      const child = await fetchFound(registry, at(reference, descriptor), descriptor, access);
      entries.push(viewOf(child, platformText(platform)));
    }
  }
  const platform = platformText(await platformOf(registry, found, access));
  return { ...viewOf(found, platform), entries };
}

/** A list as it would be pushed now. */
export function indexOf(entries: readonly ListEntry[]): {
  readonly index: ImageIndex;
  readonly bytes: Uint8Array;
} {
  const index = makeManifestList(entries.map(({ entry }) => entry));
  return { index, bytes: serialiseImageIndex(index) };
}

async function listView(
  registry: RegistryBoth,
  name: string,
  records: ListRecords,
  verbose: boolean,
  access: Access,
): Promise<ManifestView> {
  const members = records.entries(name);
  const { index, bytes } = indexOf(members);
  const entries: ManifestView[] = [];
  if (verbose) for (const entry of members) entries.push(await entryView(registry, entry, access));
  return {
    reference: name,
    mediaType: index.mediaType,
    digest: hashBytes(bytes),
    size: bytes.byteLength,
    document: bytes,
    platform: '',
    entries,
  };
}

async function entryView(
  registry: RegistryBoth,
  { repository, entry }: ListEntry,
  access: Access,
): Promise<ManifestView> {
  const { platform, ...descriptor } = entry;
  const reference = at(parseReference(repository), descriptor);
  const found = await fetchFound(registry, reference, descriptor, access);
  return viewOf(found, platformText(platform));
}

function viewOf({ reference, descriptor, bytes }: Found, platform: string): ManifestView {
  const { mediaType, digest, size } = descriptor;
  const name = canonical(reference);
  return { reference: name, mediaType, digest, size, document: bytes, platform, entries: [] };
}
