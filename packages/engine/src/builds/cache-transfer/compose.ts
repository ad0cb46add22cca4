import { buildCacheType } from '@wharf/core';
import {
  jsonObject,
  mediaTypes,
  serialiseJson,
  writeDescriptor,
  type Descriptor,
} from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { OutputDependencies } from '../outputs/dependencies.js';
import type { ExportContext } from '../outputs.js';
import { cacheConfigType, type CacheTransfer } from './format.js';
import { writeCacheConfig } from './write-config.js';

/** A cache as an OCI artifact. */
export interface ComposedCache {
  readonly descriptor: Descriptor;
  readonly manifest: Uint8Array;
  /** Its config first; all of them are in the store. */
  readonly blobs: readonly Descriptor[];
}

/** Makes the documents of a cache; the config is put into the store, held. The same cache has the same digest. */
export async function composeCache(
  { content }: Pick<OutputDependencies, 'content'>,
  cache: CacheTransfer,
  { hold, signal }: Pick<ExportContext, 'hold' | 'signal'>,
): Promise<ComposedCache> {
  const { config, blobs } = writeCacheConfig(cache);
  await hold([hashBytes(config)]);
  const stored = await content.put(config, { signal });
  const described = { mediaType: cacheConfigType, ...stored };
  const manifest = serialiseJson(
    jsonObject([
      ['schemaVersion', 2],
      ['mediaType', mediaTypes.ociManifest],
      ['artifactType', buildCacheType],
      ['config', writeDescriptor(described)],
      ['layers', blobs.map((blob) => writeDescriptor(blob))],
    ]),
  );
  const descriptor = {
    mediaType: mediaTypes.ociManifest,
    digest: hashBytes(manifest),
    size: manifest.byteLength,
  };
  return { descriptor, manifest, blobs: [described, ...blobs] };
}
