import { NotFoundError } from '@wharf/core';
import { openLayout, type LayoutTrees } from '../layouts/open-layout.js';
import type { CacheSource } from './cache-source.js';

/** A directory that `--cache-to type=local` has written. */
export function layoutSource(trees: LayoutTrees, tree: string): CacheSource {
  const layout = openLayout(trees, tree);
  return {
    name: 'the local cache',
    async resolve(options) {
      const [first] = await layout.entries(options);
      if (first === undefined) throw new NotFoundError('manifest', 'index.json');
      return first;
    },
    document: (descriptor, _kind, options) => layout.read(descriptor, options),
    blob: ({ digest }, offset, options) => layout.stream(digest, offset, options),
  };
}
