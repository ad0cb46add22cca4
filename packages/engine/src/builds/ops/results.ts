import type { CallOptions } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import { chainId, chainIds, maxLayers, type Digest } from '@wharf/oci';
import { hashBytes, type Layers } from '../../layers/layers.js';
import type { OpContext, OpResult } from '../executor.js';
import type { FileSource, TreePort } from '../ports.js';

/** What names the content of a result: the chain id of its layers, or the digest of its tree. */
export function identityOf(result: OpResult): string {
  return result.kind === 'tree'
    ? result.digest
    : (chainId(result.diffIds, hashBytes) ?? 'no files');
}

/** Its files, as they are copied and mounted from. */
export function sourceOf(layers: Pick<Layers, 'directories'>, result: OpResult): FileSource {
  return result.kind === 'tree'
    ? { kind: 'tree', digest: result.digest }
    : { kind: 'stack', lower: layers.directories(result.diffIds) };
}

export interface WholeDependencies {
  readonly layers: Pick<Layers, 'find'>;
  readonly trees: Pick<TreePort, 'facts'>;
}

/** Whether a recorded result is still whole; layers are held when it is. A layer is there as long as one on top of it is. */
export async function isWhole(
  { layers, trees }: WholeDependencies,
  result: OpResult,
  context: Pick<OpContext, 'hold'> & CallOptions,
): Promise<boolean> {
  if (result.kind === 'tree') return (await trees.facts(result.digest, context)) !== undefined;
  const chain = chainIds(result.diffIds, hashBytes);
  const top = chain.at(-1);
  if (top === undefined) return true;
  if (layers.find(top) === undefined) return false;
  await context.hold(chain);
  return layers.find(top) !== undefined;
}

/** @throws FailedPreconditionError when no further layer fits on them */
export function checkDepth(diffIds: readonly Digest[]): void {
  if (diffIds.length < maxLayers) return;
  throw new FailedPreconditionError(
    `max depth exceeded: the image would have ${diffIds.length + 1} layers, the limit is ${maxLayers}; put several RUN or COPY into one`,
  );
}
