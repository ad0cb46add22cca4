import { InternalError } from '@wharf/core';
import { atOnce, type Op, type OpId, type Plan, type Turns } from '@wharf/dockerfile';
import type { Platform } from '@wharf/oci';

/** A plan for one platform. */
export interface PlatformPlan {
  readonly platform: Platform;
  readonly plan: Plan;
}

/** An operation of one or several plans. */
export interface GraphNode {
  /** Behind all that it needs. */
  readonly id: number;
  /** The first plan that has it; ids in `op` are of that one. */
  readonly plan: number;
  readonly op: Op;
  /** Of nodes. */
  readonly inputs: readonly number[];
}

/** What the targets of all plans need, equal operations once. */
export interface BuildGraph {
  readonly nodes: readonly GraphNode[];
  /** Undefined for what no target needs. */
  find(plan: number, op: OpId): number | undefined;
}

export function buildGraph(plans: readonly PlatformPlan[]): BuildGraph {
  return atOnce(buildGraphInTurns(plans));
}

/** As `buildGraph`, operation by operation. */
export function* buildGraphInTurns(plans: readonly PlatformPlan[]): Turns<BuildGraph> {
  const nodes: GraphNode[] = [];
  const known = new Map<string, number>();
  const places = plans.map(() => new Map<OpId, number>());
  for (const [index, { plan }] of plans.entries()) {
    const place = places[index] as Map<OpId, number>;
    const needed = reached(plan);
    for (const op of plan.ops) {
      if (!needed.has(op.id)) continue;
      yield;
      const local = (id: OpId): number => mustFind(place, id);
      const text = JSON.stringify(relocated(op, local));
      const id = known.get(text) ?? nodes.length;
      known.set(text, id);
      place.set(op.id, id);
      if (id === nodes.length) nodes.push({ id, plan: index, op, inputs: op.inputs.map(local) });
    }
  }
  return { nodes, find: (plan, op) => places[plan]?.get(op) };
}

function reached(plan: Plan): ReadonlySet<OpId> {
  const found = new Set<OpId>();
  const waiting: OpId[] = [plan.target.result];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...(plan.ops[id]?.inputs ?? []));
  }
  return found;
}

/** The operation with nodes in place of its inputs, by which it is told whether two are the same. */
function relocated(op: Op, local: (id: OpId) => number): unknown {
  const common = { ...op, id: 0, inputs: op.inputs.map(local) };
  switch (op.kind) {
    case 'run':
      return {
        ...common,
        base: local(op.base),
        mounts: op.mounts.map((mount) =>
          mount.input === undefined ? mount : { ...mount, input: local(mount.input) },
        ),
      };
    case 'copy':
      return {
        ...common,
        base: local(op.base),
        items: op.items.map((item) => ({ ...item, input: local(item.input) })),
      };
    case 'directory':
      return { ...common, base: local(op.base) };
    default:
      return common;
  }
}

function mustFind(place: ReadonlyMap<OpId, number>, id: OpId): number {
  const found = place.get(id);
  if (found === undefined)
    throw new InternalError(`operation ${id} is needed before it is there in the plan`);
  return found;
}
