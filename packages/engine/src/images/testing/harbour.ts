import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { DataLossError } from '@wharf/core';
import {
  digestOf,
  emptyRuntimeConfig,
  layerTypeOf,
  makeImageIndex,
  makeManifest,
  mediaTypes,
  serialiseConfig,
  serialiseImageIndex,
  serialiseManifest,
  type Digest,
  type IndexEntry,
  type LayerCompression,
} from '@wharf/oci';
import { SharedLock } from '../../concurrency/shared-lock.js';
import { openContentStore } from '../../content/content.js';
import { createEvents, type EventLog } from '../../events/events.js';
import { appendEvent, eventSchema } from '../../events/schema.js';
import { hashBytes, layerSchema, openLayers } from '../../layers/layers.js';
import type { PackPort, UnpackPort } from '../../layers/ports.js';
import { createLeases, leaseSchema } from '../../leases/leases.js';
import { openState } from '../../state/open.js';
import type { State } from '../../state/state.js';
import { Claims } from '../claims.js';
import { collectGarbage } from '../collect.js';
import { ImageDocuments } from '../documents.js';
import { nameTarget } from '../install.js';
import type { RegistryPort, RegistryWritePort } from '../ports.js';
import { createImageRecords } from '../records.js';
import { imageSchema } from '../schema.js';
import { createTransferRecords, transferSchema } from '../transfer-records.js';
import type { ImageUse } from '../use.js';
import { createTransfers, type TransferDependencies, type Transfers } from '../transfers.js';
import { createFakeArchives } from './fake-archives.js';

/** The image side of a daemon over a real state database and content store; unpacking and packing are played. */
export interface Harbour extends AsyncDisposable {
  readonly root: string;
  readonly deps: TransferDependencies;
  readonly transfers: Transfers;
  readonly signal: AbortSignal;
  collect(): Promise<unknown>;
}

export async function openHarbour(changes: Partial<TransferDependencies> = {}): Promise<Harbour> {
  const { signal } = new AbortController();
  const root = await mkdtemp(join(tmpdir(), 'wharf-harbour-'));
  const events: EventLog = createEvents(() => state.db);
  const state: State = openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema, leaseSchema, layerSchema, imageSchema, transferSchema],
    appendEvent,
    onCommitted: () => events.notify(),
  });
  const content = await openContentStore(join(root, 'content'));
  const layers = await openLayers(join(root, 'snapshots'), state, fakeUnpack);
  const records = createImageRecords(state);
  const documents = new ImageDocuments(content);
  const collection = new SharedLock();
  const leases = createLeases(state);
  const claims = new Claims(leases, collection);
  const collect = () =>
    collectGarbage(
      { content, layers, leases, records, documents, collection, state, use, claims },
      { signal },
    );
  const use: ImageUse = { users: () => [] };
  const deps: TransferDependencies = {
    use,
    state,
    content,
    layers,
    records,
    documents,
    claims,
    transfers: createTransferRecords(state),
    archives: createFakeArchives(),
    pack: createFakePack() as PackPort,
    unpack: fakeUnpack,
    registry: {} as RegistryPort & RegistryWritePort,
    temporary: join(root, 'tmp'),
    collect: () => collect(),
    uploads: 3,
    ...changes,
  };
  return {
    root,
    deps,
    signal,
    transfers: createTransfers(deps),
    collect,
    async [Symbol.asyncDispose]() {
      state.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

const packers = { none: (b: Buffer) => b, gzip: gzipSync, zstd: zstdCompressSync };
const unpackers = { none: (b: Buffer) => b, gzip: gunzipSync, zstd: zstdDecompressSync };

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const fakeUnpack: UnpackPort = {
  async unpack({ blobPath, compression, diffId }) {
    const tar = unpackers[compression](await readFile(blobPath));
    if (sha256(tar) !== diffId) throw new DataLossError(`the layer is not ${diffId}`);
    return { diffId, size: tar.length, entries: 1, opaqueRoot: false };
  },
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  settle: () => Promise.resolve(),
  sync: () => Promise.resolve(),
};

function sniff(bytes: Buffer): LayerCompression {
  if (bytes[0] === 0x1f) return 'gzip';
  return bytes[0] === 0x28 && bytes[1] === 0xb5 ? 'zstd' : 'none';
}

const createFakePack = (): Partial<PackPort> => ({
  async recompress({ blobPath, from, to, targetFile }) {
    const tar = unpackers[from](await readFile(blobPath));
    const bytes = packers[to](tar);
    await writeFile(targetFile, bytes);
    const leftOut = { sockets: 0, changed: 0, reserved: 0 };
    const { length: uncompressedSize } = tar;
    const digest = sha256(bytes);
    return {
      diffId: sha256(tar),
      digest,
      size: bytes.length,
      uncompressedSize,
      entries: 1,
      leftOut,
    };
  },
  async identify({ path }) {
    const bytes = await readFile(path);
    const compression = sniff(bytes);
    const tar = unpackers[compression](bytes);
    return {
      compression,
      diffId: sha256(tar),
      uncompressedSize: tar.length,
      rewritten: false,
    };
  },
  compareTrees: () => Promise.resolve([]),
});

export interface MadeImage {
  readonly target: IndexEntry;
  readonly imageId: Digest;
  readonly layers: readonly { readonly bytes: Buffer; readonly diffId: Digest }[];
}

export interface ImageShape {
  readonly layers?: readonly string[];
  readonly compression?: LayerCompression;
  readonly architecture?: string;
  readonly names?: readonly string[];
}

/** Puts an image into the store as a pull would, unpacked; with a name it is recorded. */
export async function makeImage(harbour: Harbour, shape: ImageShape = {}): Promise<MadeImage> {
  const { deps, signal } = harbour;
  const { compression = 'gzip', architecture = 'amd64', names = [] } = shape;
  const layers = (shape.layers ?? ['lower', 'upper']).map((text) => {
    const tar = Buffer.from(text.repeat(100));
    return { bytes: packers[compression](tar), diffId: digestOf('sha256', sha256(tar).slice(7)) };
  });
  const platform = { os: 'linux', architecture, variant: '' };
  const config = {
    platform,
    author: '',
    config: { ...emptyRuntimeConfig(), command: ['sh'] },
    diffIds: layers.map(({ diffId }) => diffId),
    history: [],
  };
  const configBlob = await deps.content.put(serialiseConfig(config), { signal });
  const blobs = await Promise.all(
    layers.map(async ({ bytes }) => ({
      mediaType: layerTypeOf(compression),
      ...(await deps.content.put(bytes, { signal })),
    })),
  );
  const manifest = makeManifest({ mediaType: mediaTypes.ociConfig, ...configBlob }, blobs);
  const blob = await deps.content.put(serialiseManifest(manifest), { signal });
  const target: IndexEntry = { mediaType: manifest.mediaType, ...blob, platform };
  let parent: Digest | undefined;
  for (const { diffId, bytes } of layers) {
    const blob = hashBytes(bytes);
    const blobPath = deps.content.path(blob);
    const source = { diffId, blob, blobPath, blobSize: bytes.length, compression };
    parent = (await deps.layers.commit(parent, source, { signal })).chainId;
  }
  const installable = { descriptor: target, manifest, config };
  if (names.length > 0) name(harbour, target, [installable], names);
  return { target, imageId: configBlob.digest, layers };
}

/** An index over images; `absent` ones are listed and not here. */
export async function makeIndex(
  harbour: Harbour,
  images: readonly MadeImage[],
  { names = [], absent = [] }: { names?: readonly string[]; absent?: readonly IndexEntry[] } = {},
): Promise<IndexEntry> {
  const { deps, signal } = harbour;
  const index = makeImageIndex([...images.map(({ target }) => target), ...absent]);
  const blob = await deps.content.put(serialiseImageIndex(index), { signal });
  const target = { mediaType: index.mediaType, ...blob };
  const members = await Promise.all(
    images.map(async ({ target: descriptor, imageId }) => ({
      descriptor,
      manifest: (await deps.documents.manifest(descriptor.digest)).document,
      config: await deps.documents.config(imageId),
    })),
  );
  if (names.length > 0) name(harbour, target, members, names);
  return target;
}

function name(
  { deps }: Harbour,
  target: IndexEntry,
  manifests: Parameters<typeof nameTarget>[1]['manifests'],
  names: readonly string[],
): void {
  const event = { action: 'pull', actorId: target.digest, attributes: {} };
  nameTarget(deps, { target, manifests, names, digests: [], event });
}

/** All chunks of a stream in one buffer. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export async function frames<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const frame of source) all.push(frame);
  return all;
}

export async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
