import { createHash } from 'node:crypto';
import type { CacheInput } from '@wharf/core';

/** Changes when the same inputs no longer mean the same result: all that is cached is then executed anew. */
const version = 'wharf build cache 1';

/**
 * All of the inputs and nothing else, so that no two lists have the same bytes: each text stands behind the number of its
 * UTF-16 units, which are written as they are, also where they are no valid text.
 */
export function encodeInputs(inputs: readonly CacheInput[]): Buffer {
  const texts = [version, ...inputs.flatMap(({ kind, name, value }) => [kind, name, value])];
  return Buffer.from(texts.map((text) => `${text.length}:${text}`).join(''), 'utf16le');
}

/** SHA-256 of the inputs, 64 hexadecimal digits. */
export function cacheKey(inputs: readonly CacheInput[]): string {
  return createHash('sha256').update(encodeInputs(inputs)).digest('hex');
}
