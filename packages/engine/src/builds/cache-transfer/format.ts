import type { Descriptor, Digest } from '@wharf/oci';
import type { StoredInputs } from '../cache/stored-inputs.js';
import type { OpResult } from '../executor.js';

/** Of its config: the records. */
export const cacheConfigType = 'application/vnd.wharf.buildcache.config.v1+json';
/** Of the content of a cache mount. */
export const cacheMountType = 'application/vnd.wharf.buildcache.mount.v1.tar+gzip';

/** On the entry of an image's index that is the cache of the build which made it. */
export const cacheAnnotation = 'dev.wharf.buildcache';

/** Bytes of the config; registries give no larger document at once. */
export const maxConfigBytes = 4 * 1024 * 1024;
/** Layers and cache mounts of one cache. */
export const maxCacheBlobs = 2000;
export const maxCacheRecords = 10_000;
export const maxCacheMounts = 200;

/** What a daemon tells others of one step. */
export interface TransferRecord {
  /** SHA-256 of its inputs. */
  readonly key: string;
  /** The same with chain ids in place of contents, where some of them are of layers: it is found without these. */
  readonly chainKey?: string;
  readonly kind: 'layer' | 'tree' | 'image';
  /** As people know it. */
  readonly description: string;
  readonly result: OpResult;
  /** Left out where they are very many. */
  readonly inputs?: StoredInputs;
}

/** The content of a cache mount. */
export interface TransferMount {
  readonly id: string;
  readonly blob: Descriptor;
  /** Bytes of the archive, uncompressed. */
  readonly size: number;
}

/** A build cache on its way. */
export interface CacheTransfer {
  readonly records: readonly TransferRecord[];
  /** Blobs by the diff ids that they unpack to; a result may have layers that are not carried. */
  readonly layers: ReadonlyMap<Digest, Descriptor>;
  readonly mounts: readonly TransferMount[];
}
