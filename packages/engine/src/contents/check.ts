import type { BlobDescriptor } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { parseDigest, parseMediaType } from '@wharf/oci';
import type { ResolvedDescriptor } from '../images/ports.js';

/** The name under which our leases know the caller's. @throws InvalidArgumentError */
export function leaseName(lease: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(lease)) return `send ${lease}`;
  throw new InvalidArgumentError(
    'a lease has 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first',
  );
}

/** @throws InvalidArgumentError */
export function checkDescriptor({ mediaType, digest, size }: BlobDescriptor): ResolvedDescriptor {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new InvalidArgumentError(`the size of a blob is a whole number of bytes, not ${size}`);
  return { mediaType: parseMediaType(mediaType), digest: parseDigest(digest), size };
}
