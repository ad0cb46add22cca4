import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import {
  emptyRuntimeConfig,
  mediaTypes,
  makeManifest,
  serialiseConfig,
  serialiseManifest,
} from '@wharf/oci';
import type { Digest, ImageConfig, Platform } from '@wharf/oci';
import { openContentStore, type ContentStore } from '../../content/content.js';
import { appendEvent, eventSchema } from '../../events/schema.js';
import { layerSchema, openLayers, hashBytes, type Layers } from '../../layers/layers.js';
import type { UnpackPort } from '../../layers/ports.js';
import { createLeases, leaseSchema, type Leases } from '../../leases/leases.js';
import { openState } from '../../state/open.js';
import type { State } from '../../state/state.js';
import { ImageDocuments } from '../documents.js';
import { nameTarget, unpackManifest, type InstallableManifest } from '../install.js';
import { imageMountSchema } from '../mounts.js';
import { createImageRecords, type ImageRecords } from '../records.js';
import { imageSchema } from '../schema.js';
import { transferSchema } from '../transfer-records.js';

/** A store of images in a directory of its own, with layers that are files of one text each. */
export interface Shelf {
  readonly root: string;
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly leases: Leases;
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  /** Actions of the events so far, with the type image. */
  events(): readonly string[];
  /** Closes and opens it again, as a daemon that was killed does. */
  reopen(): Promise<Shelf>;
  demolish(): Promise<void>;
}

export const testOptions: CallOptions = { signal: new AbortController().signal };

/** Unpacks nothing: the size of a layer is that of its blob, whose bytes are its diff id's. */
export const fakeUnpacker = (): UnpackPort => ({
  async unpack({ blobPath, diffId }) {
    const bytes = await readFile(blobPath);
    const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (actual !== diffId) throw new TypeError(`${actual} is not ${diffId}`);
    return { diffId, size: bytes.byteLength, entries: 1, opaqueRoot: false };
  },
  settle: () => Promise.resolve(),
  sync: () => Promise.resolve(),
  removeTree: (path) => rm(path, { recursive: true, force: true }),
});

export async function openShelf(
  options: { readonly root?: string; readonly unpacker?: UnpackPort } = {},
): Promise<Shelf> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'wharf-shelf-')));
  const state = openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema, leaseSchema, layerSchema, imageSchema, imageMountSchema, transferSchema],
    appendEvent,
    onCommitted: () => undefined,
  });
  const content = await openContentStore(join(root, 'content'));
  const layers = await openLayers(
    join(root, 'snapshots'),
    state,
    options.unpacker ?? fakeUnpacker(),
  );
  return {
    root,
    state,
    content,
    layers,
    leases: createLeases(state),
    records: createImageRecords(state),
    documents: new ImageDocuments(content),
    events: () =>
      (
        state.db
          .prepare("SELECT action FROM events WHERE type = 'image' ORDER BY sequence")
          .all() as {
          action: string;
        }[]
      ).map(({ action }) => action),
    async reopen() {
      state.close();
      return openShelf({ ...options, root });
    },
    async demolish() {
      state.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface MadeImage extends InstallableManifest {
  readonly id: string;
  /** All blobs by digest, the manifest included. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export interface ImageRecipe {
  /** One layer for each, with that text. */
  readonly layers?: readonly string[];
  readonly platform?: Platform;
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly history?: ImageConfig['history'];
}

export const amd64: Platform = { os: 'linux', architecture: 'amd64', variant: '' };
export const arm64: Platform = { os: 'linux', architecture: 'arm64', variant: '' };

/** An image in memory, of layers without compression. */
export function makeImage(recipe: ImageRecipe = {}): MadeImage {
  const blobs = new Map<Digest, Uint8Array>();
  const keep = (bytes: Uint8Array): { digest: Digest; size: number } => {
    const digest = hashBytes(bytes);
    blobs.set(digest, bytes);
    return { digest, size: bytes.byteLength };
  };
  const layers = (recipe.layers ?? ['base']).map((text) => keep(Buffer.from(text)));
  const config: ImageConfig = {
    platform: recipe.platform ?? amd64,
    created: recipe.created ?? '2024-01-01T00:00:00Z',
    author: '',
    config: { ...emptyRuntimeConfig(), labels: recipe.labels ?? {} },
    diffIds: layers.map(({ digest }) => digest),
    history: recipe.history ?? [],
  };
  const configBlob = keep(serialiseConfig(config));
  const manifest = makeManifest(
    { mediaType: mediaTypes.ociConfig, ...configBlob },
    layers.map((layer) => ({ mediaType: mediaTypes.ociLayer, ...layer })),
  );
  const descriptor = { mediaType: manifest.mediaType, ...keep(serialiseManifest(manifest)) };
  return { id: configBlob.digest, descriptor, manifest, config, blobs };
}

/** Its layers are plain: what they unpack to is seen by their digests. */
export const noPack = undefined as never;

/** Puts an image into the store, unpacked, under these names. */
export async function install(
  shelf: Shelf,
  image: MadeImage,
  names: readonly string[] = [],
): Promise<void> {
  for (const bytes of image.blobs.values()) await shelf.content.put(bytes, testOptions);
  await unpackManifest({ ...shelf, pack: noPack }, image, testOptions);
  nameTarget(shelf, {
    target: image.descriptor,
    manifests: [image],
    names,
    digests: [],
    event: { action: 'import', actorId: image.id, attributes: {} },
  });
}
