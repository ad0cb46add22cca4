import { chainIds, type Digest } from '@wharf/oci';
import { hashBytes, type Layers } from '../../layers/layers.js';
import type { OpResult } from '../executor.js';
import type { TreePort } from '../ports.js';
import type { Execution } from '../solve/executions.js';

/** What a record says of a result: bytes that it adds to what it was made from, and the layers that must stay. */
export function measureWith({
  layers,
  trees,
}: {
  readonly layers: Pick<Layers, 'find'>;
  readonly trees: Pick<TreePort, 'facts'>;
}) {
  return async (
    { op, context }: Execution,
    result: OpResult,
  ): Promise<{ readonly size: number; readonly roots: readonly string[] }> => {
    if (result.kind === 'tree') {
      const facts = await trees.facts(result.digest, { signal: AbortSignal.timeout(60_000) });
      return { size: facts?.bytes ?? 0, roots: [] };
    }
    const base = 'base' in op ? context.result(op.base) : undefined;
    const chain = chainIds(result.diffIds, hashBytes);
    const own = chain.slice(base?.kind === 'layers' ? sharedLayers(base.diffIds, result) : 0);
    return { size: own.reduce((sum, id) => sum + (layers.find(id)?.size ?? 0), 0), roots: chain };
  };
}

function sharedLayers(
  below: readonly Digest[],
  { diffIds }: Extract<OpResult, { kind: 'layers' }>,
): number {
  let count = 0;
  while (count < below.length && below[count] === diffIds[count]) count++;
  return count;
}
