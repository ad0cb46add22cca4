import {
  canonical,
  digestAlgorithm,
  digestHex,
  familiar,
  jsonObject,
  serialiseJson,
  mediaTypes,
  writeDescriptor,
  type Digest,
  type JsonValue,
  type Reference,
} from '@wharf/oci';
import { bestForHost, type Selection } from '../select.js';

/** An image to be saved and the names that it was asked for by. */
export interface SavedImage {
  readonly selection: Selection;
  readonly names: readonly Reference[];
}

export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** OCI image-spec, image-layout.md. */
export const layoutDocument: Uint8Array = serialiseJson(new Map([['imageLayoutVersion', '1.0.0']]));

/**
 * The index of the layout: an entry for each name, with the annotations by which docker and containerd know it again; one
 * for an image without name.
 */
export function indexDocument(images: readonly SavedImage[]): Uint8Array {
  const entries = images.flatMap(({ selection, names }) =>
    names.length === 0
      ? [{ key: selection.target.digest, entry: entryOf(selection) }]
      : names.map((name) => ({ key: canonical(name), entry: entryOf(selection, name) })),
  );
  const sorted = entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return serialiseJson(
    jsonObject([
      ['schemaVersion', 2],
      ['mediaType', mediaTypes.ociIndex],
      ['manifests', sorted.map(({ entry }) => entry)],
    ]),
  );
}

function entryOf({ target, indexes, manifests }: Selection, name?: Reference): JsonValue {
  const platform = indexes.length > 0 ? undefined : manifests[0]?.config?.platform;
  const annotations =
    name === undefined
      ? {}
      : {
          annotations: {
            'io.containerd.image.name': canonical(name),
            'org.opencontainers.image.ref.name': name.tag ?? '',
          },
        };
  const { mediaType, digest, size } = target;
  const described =
    platform &&
    jsonObject([
      ['architecture', platform.architecture],
      ['os', platform.os],
      ['variant', platform.variant || undefined],
      ['os.version', platform.osVersion],
    ]);
  return writeDescriptor({ mediaType, digest, size, ...annotations }, [['platform', described]]);
}

/**
 * `manifest.json` of docker's own archives: of each image the platform that this host would run, which is all that older
 * engines can take.
 */
export function dockerManifest(images: readonly SavedImage[]): Uint8Array {
  const byConfig = new Map<Digest, { layers: readonly string[]; tags: Set<string> }>();
  for (const { selection, names } of images) {
    const best = bestForHost(selection.manifests);
    if (best === undefined) continue;
    const { config, layers } = best.manifest;
    const item = byConfig.get(config.digest) ?? {
      layers: layers.map((layer) => blobPath(layer.digest)),
      tags: new Set<string>(),
    };
    for (const name of names) item.tags.add(familiar(name));
    byConfig.set(config.digest, item);
  }
  return serialiseJson(
    [...byConfig]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([config, { layers, tags }]) =>
        jsonObject([
          ['Config', blobPath(config)],
          ['RepoTags', tags.size === 0 ? null : [...tags].sort()],
          ['Layers', layers],
        ]),
      ),
  );
}
