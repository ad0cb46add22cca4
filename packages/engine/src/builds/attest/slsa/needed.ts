import type { Op, Plan } from '@wharf/dockerfile';

/** The operations that the target needs, in the order of execution. */
export function neededOps({ ops, target }: Plan): readonly Op[] {
  const found = new Set([target.result]);
  const waiting = [target.result];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
    for (const input of ops[id]?.inputs ?? []) {
      if (found.has(input)) continue;
      found.add(input);
      waiting.push(input);
    }
  return ops.filter(({ id }) => found.has(id));
}
