import type { Image, Images } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import {
  canonical,
  familiar,
  hostPlatform,
  parsePlatform,
  parseReference,
  withDefaultTag,
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
import { createDownloads } from './download.js';
import { imageFilter, shownTags } from './filter.js';
import { findImage, getImage } from './lookup.js';
import type { RegistryPort } from './ports.js';
import { ProgressHub } from './progress.js';
import { pullImage, type PullDependencies } from './pull.js';
import { createImageRecords, type ImageRecord } from './records.js';
import { removeImage, type ImageUse } from './remove.js';
import { ConfigCache, toImage } from './view.js';

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
  /** The image and where its layers lie, topmost first; undefined when it is not here. */
  resolve(ref: string): Promise<ResolvedImage | undefined>;
  /** By manifest digest, for a container that was made from it. */
  lowerDirectories(manifestDigest: string): Promise<readonly string[]>;
  /** Whether a manifest is recorded; answers at once, for a check right before a record that depends on it. */
  isKnown(manifestDigest: string): boolean;
  collect(options: { signal: AbortSignal }): Promise<Collected>;
}

export interface ResolvedImage {
  readonly image: Image;
  readonly lower: readonly string[];
}

export function createImages(deps: ImagesDependencies): ImageManager {
  const records = createImageRecords(deps.state);
  const configs = new ConfigCache(deps.content);
  const collection = new SharedLock();
  const hub = new ProgressHub();
  const downloads = createDownloads(deps.registry, deps.content, hub, deps.concurrency);
  const claims = new Claims(deps.leases, collection);
  const documents = new Flights<Uint8Array>();
  const shared: PullDependencies = { ...deps, records, claims, hub, downloads, documents };
  const host = hostPlatform(process.arch);
  const view = async (record: ImageRecord): Promise<Image> =>
    toImage(record, await configs.get(record.configDigest), deps.layers);
  const collect = (options: { signal: AbortSignal }): Promise<Collected> =>
    collectGarbage({ ...deps, records, configs, collection }, options);

  return {
    collect,
    isKnown: (manifest) => records.byManifest(manifest) !== undefined,
    async list({ filters }) {
      const all = await Promise.all(records.all().map(view));
      const wanted = imageFilter(filters, (ref) => {
        const found = getImage(records, ref);
        return all.find((image) => image.manifestDigest === found.manifestDigest) as Image;
      });
      return all.filter(wanted).map(shownTags(filters));
    },
    get: async (ref) => view(getImage(records, ref)),
    pull(ref, { signal, platform, credentials }) {
      const request = {
        reference: ref,
        platform: platform === undefined || platform === '' ? host : parsePlatform(platform, host),
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
      const image = getImage(records, ref);
      const reference = withDefaultTag(parseReference(name));
      if (reference.digest !== undefined) {
        throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${name}`);
      }
      deps.state.transaction((tx) => {
        records.setName(tx, canonical(reference), image.manifestDigest);
        tx.emit({
          type: 'image',
          action: 'tag',
          actorId: image.configDigest,
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
    async remove(ref, { signal, force = false }) {
      const removed = removeImage(deps.state, records, deps.use, ref, force);
      if (removed.deleted.length > 0) await collect({ signal });
      return removed;
    },
    async resolve(ref) {
      const record = findImage(records, ref);
      if (record === undefined) return undefined;
      const image = await view(record);
      const config = await configs.get(record.configDigest);
      return { image, lower: deps.layers.directories(config.diffIds) };
    },
    async lowerDirectories(manifestDigest) {
      const record = records.byManifest(manifestDigest);
      if (record === undefined)
        return Promise.reject(new InvalidArgumentError(`image ${manifestDigest} is gone`));
      return deps.layers.directories((await configs.get(record.configDigest)).diffIds);
    },
  };
}
