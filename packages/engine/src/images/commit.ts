import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, ImageRuntimeConfig } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import { layerTypeOf, parseDigest, type Digest } from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { PackedLayer, PackPort } from '../layers/ports.js';
import type { Claims } from './claims.js';
import { composeImage, type ComposeDependencies, type NewLayer } from './compose-image.js';
import type { ImageDocuments } from './documents.js';
import type { InstallableManifest } from './install.js';
import { orTellFull, type RoomDependencies } from './room.js';

export interface CommitDependencies extends ComposeDependencies, RoomDependencies {
  readonly content: Pick<ContentStore, 'path' | 'put' | 'adoptFile'>;
  readonly layers: Pick<Layers, 'find' | 'commit' | 'prove' | 'settle' | 'directories'>;
  readonly documents: ImageDocuments;
  readonly claims: Claims;
  readonly pack: Pick<PackPort, 'packLayer' | 'identify'>;
}

export interface CommitRequest {
  /** Of the image below. */
  readonly manifestDigest: string;
  /** Overlay directory with what was changed on top of it. */
  readonly upper: string;
  /** Places in it that say nothing, see `PackPort`. */
  readonly stubs: readonly string[];
  /** Canonical, with tag. */
  readonly names: readonly string[];
  readonly author: string;
  readonly comment: string;
  readonly createdBy: string;
  /** The new config; called first, so that what is wrong with it is said before any work. */
  readonly config: (base: ImageRuntimeConfig) => ImageRuntimeConfig;
  /** Keeps the directory as it is while it is read. */
  readonly quiet: () => Promise<AsyncDisposable | undefined> | undefined;
  /** Asked when it was read: throws when it was not whole to the end. */
  readonly check: () => void;
}

export interface CommittedImage {
  readonly imageId: Digest;
  readonly leftOut: PackedLayer['leftOut'];
}

/** Makes an image of another one and a writable layer, which becomes one layer of it, or none when nothing changed. */
export function commitUpper(
  deps: CommitDependencies,
  request: CommitRequest,
  options: CallOptions,
): Promise<CommittedImage> {
  return orTellFull(deps, 'committing a container', () => commitUnder(deps, request, options));
}

async function commitUnder(
  deps: CommitDependencies,
  request: CommitRequest,
  { signal }: CallOptions,
): Promise<CommittedImage> {
  const base = await baseOf(deps, request.manifestDigest);
  const config = request.config(base.config.config);
  await mkdir(deps.temporary, { recursive: true, mode: 0o700 });
  const targetFile = join(deps.temporary, `commit-${randomUUID()}`);
  try {
    const packed = await pack(deps, request, { base, targetFile, signal });
    request.check();
    const layers = packed.entries === 0 ? [] : [layerOf(packed)];
    using claim = deps.claims.openOnce('commit');
    for (const { blob } of layers) {
      await claim.hold([blob.digest], { signal });
      await deps.content.adoptFile(targetFile, blob);
    }
    const created = new Date();
    const { comment, createdBy, author, names } = request;
    const entry = { createdAt: created, createdBy, comment, emptyLayer: layers.length === 0 };
    const { imageId } = await composeImage(
      deps,
      claim,
      {
        base,
        platform: base.config.platform,
        layers,
        config,
        history: [entry],
        author,
        created,
        names,
        action: 'commit',
      },
      { signal },
    );
    return { imageId, leftOut: packed.leftOut };
  } finally {
    await rm(targetFile, { force: true });
  }
}

async function pack(
  deps: CommitDependencies,
  { upper, stubs, quiet }: CommitRequest,
  {
    base,
    targetFile,
    signal,
  }: CallOptions & { readonly base: InstallableManifest; readonly targetFile: string },
): Promise<PackedLayer> {
  await using _ = (await quiet()) ?? null;
  const lower = deps.layers.directories(base.config.diffIds);
  return await deps.pack.packLayer(
    { upper, lower, compression: 'gzip', stubs, targetFile },
    { signal },
  );
}

function layerOf(packed: PackedLayer): NewLayer {
  return {
    blob: { digest: parseDigest(packed.digest), size: packed.size },
    diffId: parseDigest(packed.diffId),
    mediaType: layerTypeOf('gzip'),
  };
}

async function baseOf(deps: CommitDependencies, digest: string): Promise<InstallableManifest> {
  const record = deps.records.manifest(digest);
  if (record === undefined)
    throw new FailedPreconditionError(`image ${digest} of the container is gone`);
  const { document: manifest, size } = await deps.documents.manifest(record.digest);
  const config = await deps.documents.config(record.configDigest);
  const descriptor = { mediaType: record.mediaType, digest: record.digest, size };
  return { descriptor, manifest, config };
}
