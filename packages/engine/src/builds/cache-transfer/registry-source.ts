import type { TransferCredentials } from '@wharf/core';
import { familiar, parseReference, withDefaultTag } from '@wharf/oci';
import type { RegistryPort } from '../../images/ports.js';
import type { CacheSource } from './cache-source.js';

/** A cache, or an image with one beside it, at a registry. @throws InvalidArgumentError for what is no reference */
export function registrySource(
  registry: RegistryPort,
  text: string,
  credentials: TransferCredentials,
): CacheSource {
  const reference = withDefaultTag(parseReference(text));
  const auth = credentials.get(reference.domain);
  const known = auth === undefined ? {} : { auth };
  return {
    name: familiar(reference),
    resolve: (options) => registry.resolve(reference, { ...options, ...known }),
    document: (descriptor, kind, options) =>
      registry.fetchDocument(reference, descriptor, kind, { ...options, ...known }),
    blob: (descriptor, offset, options) =>
      registry.fetchBlob(reference, descriptor, offset, { ...options, ...known }),
  };
}
