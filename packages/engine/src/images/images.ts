import type { Image, Images } from '@wharf/core';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { hostPlatform, parsePlatform, type Digest } from '@wharf/oci';
import { Flights } from '../concurrency/flights.js';
import { SharedLock } from '../concurrency/shared-lock.js';
import type { Logger } from '../containers/dependencies.js';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { BaseImageSource, PackPort, UnpackPort } from '../layers/ports.js';
import type { Leases } from '../leases/leases.js';
import type { Ballast } from '../disk/ballast.js';
import type { State } from '../state/state.js';
import type { ArchivePort } from './archive-port.js';
import { bootstrapImage } from './bootstrap.js';
import { Claims } from './claims.js';
import { collectGarbage, type Collected } from './collect.js';
import { commitUpper, type CommittedImage, type CommitRequest } from './commit.js';
import { ImageDocuments } from './documents.js';
import { createDownloads } from './download.js';
import { imageHistory } from './history.js';
import { listImages } from './list.js';
import { findImage, getImage, type FoundImage } from './lookup.js';
import type { ImageMountPort } from './mount-port.js';
import { createImageMounts, refuseMounted, usedByMounts } from './mounts.js';
import type { GcPolicy } from './policy.js';
import type { RegistryPort, RegistryWritePort } from './ports.js';
import { ProgressHub } from './progress.js';
import { pullImage, type PullDependencies, type PullRequest } from './pull.js';
import { createRelief, reclaimableBytes, storedBytes } from './pressure.js';
import { pruneImages } from './prune.js';
import { createImageRecords } from './records.js';
import { removeImage, stackedLayers } from './remove.js';
import { tagImage } from './tag.js';
import { createTransferRecords } from './transfer-records.js';
import { createTransfers, type TransferDependencies } from './transfers.js';
import type { ImageUse } from './use.js';
import { toImage } from './view.js';

export interface ImagesDependencies {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly leases: Leases;
  readonly registry: RegistryPort & RegistryWritePort;
  readonly unpack: UnpackPort;
  readonly pack: PackPort;
  readonly archives: ArchivePort;
  readonly baseImages: BaseImageSource;
  /** Who uses which image; answered by the containers. */
  readonly use: ImageUse;
  /** Chain ids and blobs that the build cache reaches. */
  readonly cacheRoots?: () => Iterable<string>;
  readonly temporary: string;
  readonly mounts: {
    readonly port: ImageMountPort;
    /** <exec-root>/mounts/images */ readonly root: string;
  };
  /** Downloads at a time. */
  readonly concurrency: number;
  /** Uploads at a time. */
  readonly uploads: number;
  /** When images are removed by themselves; never without one. */
  readonly policy?: GcPolicy;
  readonly logger?: Logger;
  readonly ballast?: Ballast;
}

/** A use is written down this often, so that starting containers costs no write. */
const touchEveryMs = 10 * 60 * 1000;

/** Leases of what is worked on are renewed in time for a day after a crash. */
const renewEveryMs = 60 * 60 * 1000;

/** The manager, and what other managers of the engine need of it. */
export interface ImageManager extends Images {
  /** For the managers that move content. */
  readonly context: TransferDependencies;
  /** The image and where its layers lie, topmost first; undefined when it is not here. @throws not-found when that platform of it is not */
  resolve(ref: string, platform?: string): Promise<ResolvedImage | undefined>;
  /** By manifest digest, for a container that was made from it. */
  lowerDirectories(manifestDigest: string): Promise<readonly string[]>;
  /** Whether a manifest is a part of an image; answers at once, for a check right before a record that depends on it. */
  isKnown(manifestDigest: string): boolean;
  collect(options: { signal: AbortSignal }): Promise<Collected>;
  /** Notes that a container is made from the manifest: what was used lately is removed last. */
  touch(manifestDigest: string): void;
  /** What all images take, and what of it no container needs; bytes. */
  usage(): Promise<{
    readonly layersSize: number;
    readonly contentSize: number;
    readonly reclaimable: number;
  }>;
  /** Asks for a check of the policy; done by itself after each image that comes, and hourly. */
  relieve(): void;
  /** An image of a container's image and its writable layer. */
  commit(request: CommitRequest, options: { signal: AbortSignal }): Promise<CommittedImage>;
  /** Once, at the start: records of mounts that are gone, and mounts without a record. */
  adoptMounts(): Promise<number>;
  /** Ends what runs by itself. */
  close(): Promise<void>;
}

export interface ResolvedImage {
  readonly image: Image;
  readonly lower: readonly string[];
}

export function createImages(deps: ImagesDependencies): ImageManager {
  const { state, content, layers } = deps;
  const records = createImageRecords(state, { onAdded: () => relief.request() });
  const documents = new ImageDocuments(content);
  const mounts = createImageMounts({
    state,
    ...deps.mounts,
    isKnown: (manifest) => records.holders(manifest).length > 0,
    async find(ref, platform) {
      const { manifest } = getImage(records, ref, platform);
      const { diffIds } = await documents.config(manifest.configDigest);
      const lower = layers.directories(diffIds);
      return { imageId: manifest.configDigest, manifestDigest: manifest.digest, lower };
    },
  });
  const use = usedByMounts(mounts, deps.use);
  const collection = new SharedLock();
  const hub = new ProgressHub();
  const downloads = createDownloads(deps.registry, content, hub, deps.concurrency);
  const claims = new Claims(deps.leases, collection);
  const renewal = setInterval(() => {
    try {
      claims.renew();
    } catch (error) {
      deps.logger?.warn('leases could not be renewed', { error });
    }
  }, renewEveryMs);
  renewal.unref();
  const fetches = new Flights<Uint8Array>();
  const transfers = createTransferRecords(state);
  const context: TransferDependencies = {
    ...deps,
    records,
    documents,
    claims,
    transfers,
    collect: (options) => collect(options),
  };
  const shared: PullDependencies = {
    ...deps,
    records,
    claims,
    hub,
    downloads,
    fetches,
    transfers,
    collect: (options) => collect(options),
  };
  const host = hostPlatform(process.arch);
  const view = (found: Pick<FoundImage, 'target' | 'manifest'>): Promise<Image> =>
    toImage({ content, documents, layers, records, use }, found);
  const collect = (options: { signal: AbortSignal }): Promise<Collected> =>
    collectGarbage({ ...deps, records, documents, collection, claims }, options);

  const relief = createRelief({
    ...deps,
    use,
    records,
    documents,
    collection,
    claims,
    policy: deps.policy ?? {},
    root: deps.temporary,
  });
  const listing = { records, documents, layers, view };
  /** Layers that went. The image is gone for people already: what is in the way of its bytes is told to the log. */
  const collectAfter = async (signal: AbortSignal): Promise<readonly string[]> => {
    try {
      return (await collect({ signal })).layers;
    } catch (error) {
      deps.logger?.warn('collecting what no image needs failed', { error });
      return [];
    }
  };

  return {
    ...createTransfers(context),
    context,
    collect,
    isKnown: (manifest) => records.holders(manifest).length > 0,
    list: (options) => listImages(listing, options),
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
      tagImage({ state, records }, ref, name);
    },
    history: async (ref, { platform }) =>
      imageHistory(layers, await view(getImage(records, ref, platform))),
    prune: (options) => pruneImages({ state, records, use, view, collect }, options),
    commit: (request, options) => commitUpper(context, request, options),
    mount: (ref, options) => mounts.mount(ref, options),
    unmount: (ref, options) => mounts.unmount(ref, options),
    mounts: () => Promise.resolve(mounts.list()),
    adoptMounts: () => mounts.adopt(),
    async remove(ref, { signal, platform = '', force = false }) {
      const stack = new Set(await stackedLayers(documents, getImage(records, ref).target));
      refuseMounted(mounts, getImage(records, ref, platform), ref);
      const removed = removeImage({ state, records, use }, { ref, force, platform });
      if (removed.deleted.length === 0) return removed;
      const gone = (await collectAfter(signal)).filter((layer) => stack.has(layer));
      return { ...removed, deleted: [...removed.deleted, ...gone] };
    },
    touch(manifest) {
      const [target] = records.holders(manifest);
      if (target === undefined || Date.now() - target.usedMs < touchEveryMs) return;
      state.transaction((tx) => records.touch(tx, target.digest, Date.now()));
    },
    async usage() {
      const sizes = await storedBytes(deps);
      const reclaimable = await reclaimableBytes({ content, layers, documents, records, use });
      return { ...sizes, reclaimable };
    },
    relieve: () => relief.request(),
    async close() {
      clearInterval(renewal);
      await relief[Symbol.asyncDispose]();
    },
    async resolve(ref, platform) {
      const found = findImage(records, ref, platform);
      if (found === undefined) {
        if (findImage(records, ref) !== undefined) getImage(records, ref, platform);
        return undefined;
      }
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
