import {
  Fields,
  isIndexType,
  maxDocumentBytes,
  parseImageIndex,
  parseJson,
  readDescriptor,
  type Descriptor,
  type IndexEntry,
} from '@wharf/oci';
import { cacheAnnotation, cacheConfigType, maxCacheBlobs } from './format.js';

/** What names a cache: its own manifest, or the index of an image that has one beside it. */
export type CacheDocument =
  | {
      readonly kind: 'cache';
      readonly config: Descriptor;
      readonly blobs: readonly Descriptor[];
    }
  | { readonly kind: 'index'; readonly caches: readonly IndexEntry[] }
  | { readonly kind: 'none' };

/** @throws InvalidArgumentError, ResourceExhaustedError */
export function readCacheManifest(bytes: Uint8Array, mediaType: string): CacheDocument {
  if (isIndexType(mediaType)) {
    const { manifests } = parseImageIndex(bytes, { descriptorType: mediaType });
    const caches = manifests.filter(({ annotations }) => annotations?.[cacheAnnotation] === '1');
    return caches.length === 0 ? { kind: 'none' } : { kind: 'index', caches };
  }
  const fields = new Fields('build cache', parseJson(bytes, { maxBytes: maxDocumentBytes }));
  const config = fields.requiredNested('config', readDescriptor);
  if (config.mediaType !== cacheConfigType) return { kind: 'none' };
  const blobs = fields.list('layers', maxCacheBlobs, readDescriptor) ?? [];
  return { kind: 'cache', config, blobs };
}
