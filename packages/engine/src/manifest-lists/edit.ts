import type { CallOptions, ManifestAnnotation, RegistryAccess } from '@wharf/core';
import { InvalidArgumentError, NotFoundError, WharfError } from '@wharf/core';
import {
  canonical,
  canonicalName,
  familiar,
  normalisePlatform,
  parseReference,
  withDefaultTag,
  type IndexEntry,
  type Reference,
} from '@wharf/oci';
import { accessOf, type RegistryBoth } from './access.js';
import { entryOf, lookUp, platformOf } from './look-up.js';
import type { ListEntry, ListRecords } from './records.js';

/** The name of a list: with a tag, never by digest. */
export function listName(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new InvalidArgumentError(`"${text}" must be a name with a tag, a list has no digest yet`);
}

/** Looks every source up in its registry, then records all or nothing. */
export async function createList(
  registry: RegistryBoth,
  records: ListRecords,
  name: string,
  sources: readonly string[],
  options: RegistryAccess & { readonly amend?: boolean },
): Promise<{ readonly reference: string }> {
  const reference = listName(name);
  const key = canonical(reference);
  if (sources.length === 0) {
    throw new InvalidArgumentError(`manifest list ${name} needs at least one manifest`);
  }
  if (records.exists(key) && options.amend !== true) {
    throw new WharfError(
      'already-exists',
      `there is a manifest list ${familiar(reference)} already: add to it with --amend or remove it with "wharf manifest rm"`,
    );
  }
  const access = accessOf(options);
  const entries: ListEntry[] = [];
  for (const source of sources) {
    const from = withDefaultTag(parseReference(source));
    const found = await lookUp(registry, from, access);
    if (found.document.kind === 'index') {
      throw new InvalidArgumentError(
        `${source} is a manifest list itself: name one of its manifests, as name@digest`,
      );
    }
    const platform = await platformOf(registry, found, access);
    entries.push({
      source: canonical(from),
      repository: canonicalName(from),
      entry: entryOf(found, platform),
    });
  }
  records.add(key, entries);
  return { reference: key };
}

/** Changes what the list says of one manifest; the manifest itself stays as it is. */
export function annotateEntry(
  records: ListRecords,
  name: string,
  source: string,
  annotation: ManifestAnnotation,
  { signal }: CallOptions,
): void {
  signal.throwIfAborted();
  const key = canonical(listName(name));
  const wanted = canonical(withDefaultTag(parseReference(source)));
  const found = records
    .entries(key)
    .find(
      (entry) => entry.source === wanted || `${entry.repository}@${entry.entry.digest}` === wanted,
    );
  if (found === undefined) throw new NotFoundError(`manifest in ${name}`, source);
  if ((annotation.osFeatures?.length ?? 0) > 0) {
    throw new WharfError('unimplemented', 'os features of a manifest cannot be set');
  }
  records.add(key, [{ ...found, entry: annotated(found.entry, annotation) }]);
}

function annotated(entry: IndexEntry, annotation: ManifestAnnotation): IndexEntry {
  const { platform, annotations } = entry;
  const os = annotation.os ?? platform?.os ?? '';
  const architecture = annotation.architecture ?? platform?.architecture ?? '';
  const variant = annotation.variant ?? platform?.variant;
  const version = annotation.osVersion ?? platform?.osVersion;
  const all = { ...annotations, ...annotation.annotations };
  return {
    ...entry,
    ...(os === '' && architecture === ''
      ? {}
      : { platform: normalisePlatform(os, architecture, variant, version) }),
    ...(Object.keys(all).length === 0 ? {} : { annotations: all }),
  };
}
