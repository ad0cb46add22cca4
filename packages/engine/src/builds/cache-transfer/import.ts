import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { BuildCacheStore, CallOptions, TransferCredentials } from '@wharf/core';
import { ResourceExhaustedError, toWharfError } from '@wharf/core';
import type { Digest } from '@wharf/oci';
import { Semaphore } from '../../concurrency/semaphore.js';
import type { ContentStore } from '../../content/content.js';
import type { RegistryPort } from '../../images/ports.js';
import type { CacheMounts } from '../cache-mounts/cache-mounts.js';
import type { TreePort } from '../ports.js';
import { bringLayers, type BringDependencies } from './bring.js';
import type { CacheSource } from './cache-source.js';
import { fetchBlob } from './fetch-blob.js';
import type { TransferRecord } from './format.js';
import { StaleResult, type ImportedCache } from './imported-cache.js';
import { layoutSource } from './layout-source.js';
import { loadCache, type LoadedCache, type PlacedBlob } from './load.js';
import { registrySource } from './registry-source.js';

export interface ImportDependencies extends Pick<BringDependencies, 'layers'> {
  readonly content: BringDependencies['content'] & Pick<ContentStore, 'stream'>;
  readonly registry: RegistryPort;
  readonly trees: Pick<TreePort, 'read' | 'stream'>;
  readonly cacheMounts: Pick<CacheMounts, 'fill'>;
  /** Blobs at a time. */
  readonly downloads: number;
}

export interface ImportRequest {
  readonly cacheFrom: readonly BuildCacheStore[];
  readonly credentials: TransferCredentials;
  /** Holds blobs and layers for as long as the build runs. */
  readonly hold: (digests: readonly Digest[]) => Promise<void>;
  /** What goes wrong with a cache costs a cold step, and no more. */
  readonly warn: (message: string) => void;
  /** Shows that a cache is read. */
  readonly inStep: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** Reads the documents of all caches that a build names, side by side; their layers stay where they are. */
export async function importCaches(
  deps: ImportDependencies,
  request: ImportRequest,
  options: CallOptions,
): Promise<ImportedCache> {
  const loaded = await Promise.all(
    request.cacheFrom.map((store) => loadOne(deps, store, request, options)),
  );
  const caches = loaded.filter((one) => one !== undefined);
  return caches.length === 0 ? nothing : new Imported(deps, request, caches);
}

async function loadOne(
  deps: ImportDependencies,
  store: BuildCacheStore,
  { credentials, warn, inStep }: ImportRequest,
  options: CallOptions,
): Promise<LoadedCache | undefined> {
  if (store.kind === 'inline') {
    warn('an inline cache is a part of an image: name that by --cache-from type=registry,ref=NAME');
    return undefined;
  }
  let name = store.kind === 'registry' ? store.reference : 'the local cache';
  try {
    const source: CacheSource =
      store.kind === 'registry'
        ? registrySource(deps.registry, store.reference, credentials)
        : layoutSource(deps.trees, store.digest);
    name = source.name;
    return await inStep(`importing cache manifest from ${name}`, async () => {
      const cache = await loadCache(source, options).catch((error: unknown) => {
        options.signal.throwIfAborted();
        warn(`the cache ${name} is left out: ${toWharfError(error).message}`);
        return undefined;
      });
      if (cache !== undefined && cache.refused > 0)
        warn(`${cache.refused} records of the cache ${name} are malformed and were left out`);
      return cache;
    });
  } catch (error) {
    options.signal.throwIfAborted();
    warn(`the cache ${name} is left out: ${toWharfError(error).message}`);
    return undefined;
  }
}

const nothing: ImportedCache = {
  find: () => undefined,
  findByChain: () => undefined,
  bring: ({ diffIds }) => Promise.reject(new StaleResult(diffIds)),
  fillCacheMount: () => Promise.resolve(false),
};

class Imported implements ImportedCache {
  readonly #deps: ImportDependencies & BringDependencies;
  readonly #request: ImportRequest;
  readonly #byKey = new Map<string, TransferRecord>();
  readonly #byChain = new Map<string, TransferRecord>();
  readonly #layers = new Map<Digest, PlacedBlob>();
  readonly #mounts = new Map<string, PlacedBlob & { readonly size: number }>();
  /** Diff ids that cannot be had: no record with one of them is found. */
  readonly #lost = new Set<Digest>();
  readonly #brought = new Map<string, Promise<void>>();

  constructor(deps: ImportDependencies, request: ImportRequest, caches: readonly LoadedCache[]) {
    this.#deps = { ...deps, places: new Semaphore(deps.downloads) };
    this.#request = request;
    // The first cache that is named goes before the others.
    for (const { records, layers, mounts } of caches) {
      for (const record of records) {
        addFirst(this.#byKey, record.key, record);
        if (record.chainKey !== undefined) addFirst(this.#byChain, record.chainKey, record);
      }
      for (const [diffId, blob] of layers) addFirst(this.#layers, diffId, blob);
      for (const [id, blob] of mounts) addFirst(this.#mounts, id, blob);
    }
  }

  find(key: string): TransferRecord | undefined {
    return this.#sound(this.#byKey.get(key));
  }

  findByChain(chainKey: string): TransferRecord | undefined {
    return this.#sound(this.#byChain.get(chainKey));
  }

  #sound(record: TransferRecord | undefined): TransferRecord | undefined {
    if (record?.result.kind !== 'layers') return record;
    return record.result.diffIds.some((diffId) => this.#lost.has(diffId)) ? undefined : record;
  }

  /** Those who ask for the same at the same time share it. */
  bring({ diffIds, report }: Parameters<ImportedCache['bring']>[0], options: CallOptions) {
    const name = diffIds.join();
    const known = this.#brought.get(name);
    if (known !== undefined) return known;
    const { hold } = this.#request;
    const bringing = { diffIds, report, hold, blobs: this.#layers };
    const work = bringLayers(this.#deps, bringing, options).catch((error: unknown) => {
      this.#brought.delete(name);
      if (error instanceof StaleResult) this.#lose(error);
      throw error;
    });
    this.#brought.set(name, work);
    return work;
  }

  /** A layer that was never carried is no reason for a warning. */
  #lose({ diffIds, cause }: StaleResult): void {
    for (const diffId of diffIds) {
      if (this.#lost.has(diffId)) continue;
      this.#lost.add(diffId);
      const placed = this.#layers.get(diffId);
      if (placed === undefined) continue;
      const why = toWharfError(cause).message;
      this.#request.warn(
        `the layer ${placed.blob.digest} of the cache ${placed.source.name} is left out: ${why}`,
      );
    }
  }

  async fillCacheMount(id: string, directory: string, { signal }: CallOptions): Promise<boolean> {
    const placed = this.#mounts.get(id);
    if (placed === undefined) return false;
    const { digest } = placed.blob;
    try {
      await this.#request.hold([digest]);
      await fetchBlob(this.#deps.content, placed, { signal });
      const archive = gunzip(this.#deps.content.stream(digest, { signal }), placed.size);
      await this.#deps.cacheMounts.fill(directory, archive, { signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const why = toWharfError(error).message;
      this.#request.warn(`the cache mount ${id} of the cache is left out: ${why}`);
      return false;
    }
  }
}

/** No more than it said it would be. */
async function* gunzip(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  const input = Readable.from(bytes);
  const output = createGunzip();
  input.on('error', (error) => output.destroy(error));
  for await (const chunk of input.pipe(output) as AsyncIterable<Uint8Array>) {
    count += chunk.byteLength;
    if (count > limit)
      throw new ResourceExhaustedError(`it is larger than the ${limit} bytes that it should have`);
    yield chunk;
  }
}

function addFirst<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
