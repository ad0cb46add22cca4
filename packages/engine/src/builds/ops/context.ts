import type { ContextOp } from '@wharf/dockerfile';
import type { OpExecutor } from '../executor.js';
import type { OpDependencies } from './dependencies.js';
import { input } from './inputs.js';
import { isWhole } from './results.js';

/** The tree that is here already. */
export function contextExecutor(
  deps: Pick<OpDependencies, 'trees' | 'layers'>,
): OpExecutor<ContextOp> {
  return {
    async inputs({ name }, context) {
      return [input('operation', 'context'), input('content', await context.contextTree(name))];
    },
    async execute({ name }, context) {
      return { kind: 'tree', digest: await context.contextTree(name) };
    },
    isHere: (result, context) => isWhole(deps, result, context),
  };
}
