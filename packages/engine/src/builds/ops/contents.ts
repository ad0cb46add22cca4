import type { CacheInput } from '@wharf/core';
import type { OpId } from '@wharf/dockerfile';
import type { OpContext } from '../executor.js';
import type { CopySource } from '../ports.js';
import type { OpDependencies } from './dependencies.js';
import { contentInputs, input } from './inputs.js';
import { identityOf, sourceOf } from './results.js';

/** Files of a result that an operation reads. */
export type ReadItem = Omit<CopySource, 'source'> & { readonly input: OpId };

export interface ReadRequest {
  readonly items: readonly ReadItem[];
  readonly exclude: readonly string[];
  /** Stands before their names. */
  readonly below?: string;
}

/** The contents of what is read; of layers that are not here their chain ids. Trees are here always. */
export async function readInputs(
  { files, layers }: Pick<OpDependencies, 'files' | 'layers'>,
  { items, exclude, below = '' }: ReadRequest,
  context: OpContext,
): Promise<readonly CacheInput[]> {
  const { signal, contents } = context;
  const isNamed = ({ input: id }: ReadItem): boolean =>
    contents === 'chains' && context.result(id).kind === 'layers';
  const named = items
    .filter(isNamed)
    .map(({ input: id }) => input('chain', identityOf(context.result(id)), below));
  const read = items.filter((item) => !isNamed(item));
  if (read.length === 0) return named;
  const sources = read.map(({ input: id, ...item }): CopySource => ({
    ...item,
    source: sourceOf(layers, context.result(id)),
  }));
  const facts = await files.digest({ items: sources, exclude }, { signal });
  return [...named, ...contentInputs(facts, below)];
}
