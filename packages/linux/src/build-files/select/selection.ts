import type { CopySource, FileSource } from '@wharf/engine/ports';
import type { Source } from '../source/source.js';
import { select } from './select.js';
import type { Match } from './select.js';

export interface Selected {
  readonly item: CopySource;
  readonly source: Source;
  readonly matches: readonly Match[];
}

/**
 * What all items of a copy mean. A pattern may match nothing, and then the copy may be of nothing, as in BuildKit.
 * @throws WharfError not-found
 */
export function selectAll(
  items: readonly CopySource[],
  sourceOf: (source: FileSource) => Source,
): readonly Selected[] {
  return items.map((item) => {
    const source = sourceOf(item.source);
    return { item, source, matches: select(source, item) };
  });
}
