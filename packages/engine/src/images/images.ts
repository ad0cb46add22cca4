import type { Image, Images } from '@wharf/core';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import {
  canonical,
  familiar,
  hostPlatform,
  parsePlatform,
  parseReference,
  withDefaultTag,
  type Digest,
} from '@wharf/oci';
import { Flights } from '../concurrency/flights.js';
import { SharedLock } from '../concurrency/shared-lock.js';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { BaseImageSource } from '../layers/ports.js';
import type { Leases } from '../leases/leases.js';
import type { State } from '../state/state.js';
import { unfinished } from '../unfinished.js';
import { bootstrapImage } from './bootstrap.js';
import { Claims } from './claims.js';
import { collectGarbage, type Collected } from './collect.js';
import { ImageDocuments } from './documents.js';
import { createDownloads } from './download.js';
import { imageFilter, shownTags } from './filter.js';
import { defaultManifest, findImage, getImage, type FoundImage } from './lookup.js';
import type { RegistryPort } from './ports.js';
import { ProgressHub } from './progress.js';
import { pullImage, type PullDependencies, type PullRequest } from './pull.js';
import { createImageRecords, type ManifestRecord, type TargetRecord } from './records.js';
import { removeImage } from './remove.js';
import type { ImageUse } from './use.js';
import { toImage } from './view.js';

export interface ImagesDependencies {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly leases: Leases;
  readonly registry: RegistryPort;
  readonly baseImages: BaseImageSource;
  /** Who uses which image; answered by the containers. */
  readonly use: ImageUse;
  readonly temporary: string;
  /** Downloads at a time. */
  readonly concurrency: number;
}

/** The manager, and what other managers of the engine need of it. */
export interface ImageManager extends Images {
  /** The image and where its layers lie, topmost first; undefined when it, or that platform of it, is not here. */
  resolve(ref: string, platform?: string): Promise<ResolvedImage | undefined>;
  /** By manifest digest, for a container that was made from it. */
  lowerDirectories(manifestDigest: string): Promise<readonly string[]>;
  /** Whether a manifest is a part of an image; answers at once, for a check right before a record that depends on it. */
  isKnown(manifestDigest: string): boolean;
  collect(options: { signal: AbortSignal }): Promise<Collected>;
}

export interface ResolvedImage {
  readonly image: Image;
  readonly lower: readonly string[];
}

export function createImages(deps: ImagesDependencies): ImageManager {
  const { state, content, layers, use } = deps;
  const records = createImageRecords(state);
  const documents = new ImageDocuments(content);
  const collection = new SharedLock();
  const hub = new ProgressHub();
  const downloads = createDownloads(deps.registry, content, hub, deps.concurrency);
  const claims = new Claims(deps.leases, collection);
  const fetches = new Flights<Uint8Array>();
  const shared: PullDependencies = { ...deps, records, claims, hub, downloads, fetches };
  const host = hostPlatform(process.arch);
  const view = (found: Pick<FoundImage, 'target' | 'manifest'>): Promise<Image> =>
    toImage({ content, documents, layers, use }, found);
  const collect = (options: { signal: AbortSignal }): Promise<Collected> =>
    collectGarbage({ ...deps, records, documents, collection }, options);

  return {
    collect,
    isKnown: (manifest) => records.holders(manifest).length > 0,
    async list({ filters }) {
      const all = await Promise.all(records.targets().flatMap(seen).map(view));
      const wanted = imageFilter(filters, (ref) => {
        const { target } = getImage(records, ref);
        return all.find((image) => image.targetDigest === target.digest) as Image;
      });
      return all.filter(wanted).map(shownTags(filters));
    },
    get: async (ref, { platform }) => view(getImage(records, ref, platform)),
    pull(ref, { signal, platform = '', allPlatforms = false, allTags = false, credentials }) {
      if (allPlatforms && platform !== '')
        throw new InvalidArgumentError('conflicting options: a platform and all platforms');
      const request: PullRequest = {
        reference: ref,
        wanted: allPlatforms ? 'all' : platform === '' ? 'host' : parsePlatform(platform, host),
        allTags,
        ...(credentials === undefined ? {} : { credentials }),
      };
      return pullImage(shared, request, { signal });
    },
    bootstrap: (kind, name, options) =>
      bootstrapImage(
        { ...shared, source: deps.baseImages, temporary: deps.temporary, platform: host },
        kind,
        name,
        options,
      ),
    async tag(ref, name) {
      const { target, manifest } = getImage(records, ref);
      const reference = withDefaultTag(parseReference(name));
      if (reference.digest !== undefined) {
        throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${name}`);
      }
      state.transaction((tx) => {
        records.setName(tx, canonical(reference), target.digest);
        tx.emit({
          type: 'image',
          action: 'tag',
          actorId: manifest.configDigest,
          attributes: { name: familiar(reference) },
        });
      });
    },
    history: () => unfinished('image history'),
    push: () => unfinished('push'),
    prune: () => unfinished('image prune'),
    save: () => unfinished('save'),
    load: () => unfinished('load'),
    import: () => unfinished('import'),
    convert: () => unfinished('image convert'),
    verify: () => unfinished('image verify'),
    diff: () => unfinished('image diff'),
    mount: () => unfinished('image mount'),
    unmount: () => unfinished('image unmount'),
    mounts: () => unfinished('image mounts'),
    async remove(ref, { signal, platform = '', force = false }) {
      const removed = removeImage({ state, records, use }, { ref, force, platform });
      if (removed.deleted.length > 0) await collect({ signal });
      return removed;
    },
    async resolve(ref, platform) {
      const found = findImage(records, ref, platform);
      if (found === undefined) return undefined;
      const image = await view(found);
      return { image, lower: layers.directories(image.diffIds as readonly Digest[]) };
    },
    async lowerDirectories(manifestDigest) {
      const record = records.manifest(manifestDigest);
      if (record === undefined)
        throw new FailedPreconditionError(`image ${manifestDigest} of the container is gone`);
      return layers.directories((await documents.config(record.configDigest)).diffIds);
    },
  };
}

/** The image through the platform that is used by default; nothing of one that has none here. */
function seen(target: TargetRecord): { target: TargetRecord; manifest: ManifestRecord }[] {
  const manifest = defaultManifest(target.manifests);
  return manifest === undefined ? [] : [{ target, manifest }];
}
