import { DataLossError, InvalidArgumentError } from '@wharf/core';
import {
  Fields,
  isIndexType,
  isManifestType,
  maxDocumentBytes,
  maxWordLength,
  parseImageIndex,
  parseJson,
  parseReference,
  withDefaultTag,
  type Descriptor,
  type Digest,
  type Reference,
} from '@wharf/oci';
import { parseDockerManifest, type PlannedImage } from './docker.js';
import type { ArchiveContents } from './intake.js';

/**
 * What the OCI half of an archive names: each target once, with its names. An image without a full name in its annotations
 * has those that manifest.json gives it.
 */
export function planLayout(contents: ArchiveContents): readonly (PlannedImage & {
  /** Of the config that manifest.json speaks of, for names found that way. */
  readonly named: boolean;
})[] {
  checkLayout(contents.documents.get('oci-layout'));
  const bytes = contents.documents.get('index.json') ?? new Uint8Array();
  const { manifests } = parseImageIndex(bytes);
  const plans = new Map<Digest, { target: Descriptor; names: Map<string, Reference> }>();
  for (const entry of manifests) {
    if (!isIndexType(entry.mediaType) && !isManifestType(entry.mediaType)) continue;
    const plan = plans.get(entry.digest) ?? { target: entry, names: new Map<string, Reference>() };
    if (plan.target.size !== entry.size)
      throw new DataLossError(`index.json of the archive gives ${entry.digest} two sizes`);
    const name = nameOf(entry);
    if (name !== undefined) plan.names.set(`${name.domain}/${name.path}:${name.tag ?? ''}`, name);
    plans.set(entry.digest, plan);
  }
  return [...plans.values()].map(({ target: { mediaType, digest, size }, names }) => ({
    target: { mediaType, digest, size },
    names: [...names.values()],
    named: names.size > 0,
  }));
}

/** Names of manifest.json by path of the config; for archives whose index.json has only tags. */
export function dockerNames(contents: ArchiveContents): ReadonlyMap<string, readonly Reference[]> {
  const bytes = contents.documents.get('manifest.json');
  if (bytes === undefined) return new Map();
  return new Map(
    parseDockerManifest(bytes).map(({ config, names }) => [
      contents.blobs.get(config)?.digest ?? '',
      names,
    ]),
  );
}

function checkLayout(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  const fields = new Fields('oci-layout', parseJson(bytes, { maxBytes: maxDocumentBytes }));
  const version = fields.requiredString('imageLayoutVersion', maxWordLength);
  if (version.split('.')[0] !== '1')
    throw new InvalidArgumentError(`the archive is an OCI layout of version ${version}, not 1`);
}

/**
 * `io.containerd.image.name` is a whole name. `org.opencontainers.image.ref.name` is one for podman and skopeo, for docker and
 * others only a tag, which names nothing by itself.
 */
function nameOf({ annotations }: Descriptor): Reference | undefined {
  const full = annotations?.['io.containerd.image.name'];
  const short = annotations?.['org.opencontainers.image.ref.name'] ?? '';
  const text = full ?? (short.includes('/') || short.includes(':') ? short : undefined);
  if (text === undefined) return undefined;
  const reference = withDefaultTag(parseReference(text));
  return reference.digest === undefined ? reference : undefined;
}
