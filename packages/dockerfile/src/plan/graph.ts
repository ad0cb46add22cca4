import type { Op, OpId } from './op.js';

type WithoutId<T> = T extends Op ? Omit<T, 'id'> : never;

/** Collects operations; sources that are alike are one. */
export class Graph {
  readonly ops: Op[] = [];
  readonly #sources = new Map<string, OpId>();

  add(op: WithoutId<Op>): OpId {
    const id = this.ops.length;
    this.ops.push(Object.freeze({ id, ...op }) as Op);
    return id;
  }

  /** For operations without inputs. */
  source(op: WithoutId<Op>): OpId {
    const key = JSON.stringify(op);
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const id = this.add(op);
    this.#sources.set(key, id);
    return id;
  }

  get(id: OpId): Op | undefined {
    return this.ops[id];
  }
}
