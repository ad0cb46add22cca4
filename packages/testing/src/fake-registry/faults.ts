import type { Behaviour, Fault, RouteKind } from './types.js';

interface Placed {
  readonly behaviour: Behaviour;
  skip: number;
  left: number;
}

/** The behaviours in force; each request takes the first that fits. */
export class FaultPlan {
  readonly #placed = new Set<Placed>();

  /** @returns a function that takes the behaviour away again */
  add(behaviour: Behaviour): () => void {
    const placed: Placed = {
      behaviour,
      skip: behaviour.skip ?? 0,
      left: behaviour.times ?? Number.POSITIVE_INFINITY,
    };
    this.#placed.add(placed);
    return () => this.#placed.delete(placed);
  }

  take(kind: RouteKind, method: string, path: string): Fault | undefined {
    for (const placed of this.#placed) {
      if (placed.left <= 0 || !matches(placed.behaviour, kind, method, path)) continue;
      if (placed.skip > 0) {
        placed.skip -= 1;
        continue;
      }
      placed.left -= 1;
      return placed.behaviour.fault;
    }
    return undefined;
  }
}

function matches(b: Behaviour, kind: RouteKind, method: string, path: string): boolean {
  if (b.kind !== undefined && b.kind !== kind) return false;
  if (b.method !== undefined && b.method !== method) return false;
  return b.path === undefined || path.includes(b.path);
}
