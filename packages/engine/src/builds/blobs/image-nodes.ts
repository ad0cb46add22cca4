import type { Op, OpId } from '@wharf/dockerfile';
import type { BuildGraph, PlatformPlan } from '../solve/graph.js';

/** Nodes whose layers are on each other in what the targets give: not those that files are only taken from. */
export function imageNodes(plans: readonly PlatformPlan[], graph: BuildGraph): ReadonlySet<number> {
  const nodes = new Set<number>();
  for (const [at, { plan }] of plans.entries()) {
    for (let id: OpId | undefined = plan.target.result; id !== undefined;) {
      const node = graph.find(at, id);
      if (node !== undefined) nodes.add(node);
      id = baseOf(plan.ops[id]);
    }
  }
  return nodes;
}

function baseOf(op: Op | undefined): OpId | undefined {
  return op !== undefined && 'base' in op ? op.base : undefined;
}
