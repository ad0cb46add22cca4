import type { CopySource, FileSource } from '@wharf/engine/ports';
import type { Source } from '../source/source.js';
import { missing, select } from './select.js';
import type { Match } from './select.js';

export interface Selected {
  readonly item: CopySource;
  readonly source: Source;
  readonly matches: readonly Match[];
}

/**
 * What all items of a copy mean. A pattern may match nothing as long as another item means something.
 * @throws WharfError not-found
 */
export function selectAll(
  items: readonly CopySource[],
  sourceOf: (source: FileSource) => Source,
): readonly Selected[] {
  const selected = items.map((item) => {
    const source = sourceOf(item.source);
    return { item, source, matches: select(source, item) };
  });
  const [first] = items;
  if (first !== undefined && selected.every(({ matches }) => matches.length === 0))
    throw missing(first.path);
  return selected;
}
