import { InvalidArgumentError } from '@wharf/core';
import type { LayerPath } from '../unpack/apply/names.js';

/**
 * A path in a context as bytes; without a slash in front, '' is the context itself.
 * @throws InvalidArgumentError for `..` and NUL
 */
export function relativePath(text: string): LayerPath {
  const parts = Buffer.from(text)
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || text.includes('\0')) {
    const shown = JSON.stringify(text.slice(0, 300));
    throw new InvalidArgumentError(`the path ${shown} must stay below the context`);
  }
  return parts.join('/');
}
