import type { Op, OpId } from '@wharf/dockerfile';
import type { OpResult } from '../../executor.js';
import type { SolvedPlan } from '../../outputs.js';
import type { BuildFacts } from '../facts.js';
import { addressUri } from './uri.js';
import { sha256 } from './request.js';

/** What was executed, for `max`: each operation with the line that it stands for, its key in the cache, and what it gave. */
export function* stepsOf(solved: SolvedPlan, ops: readonly Op[]): Generator<unknown> {
  const texts = new Map<OpId, string>();
  for (const { steps } of solved.plan.stages)
    for (const { op, text } of steps) if (op !== undefined) texts.set(op, text);
  const known = new Set(ops.map(({ id }) => id));
  for (const op of ops) {
    const text = texts.get(op.id);
    yield {
      id: idOf(op.id),
      kind: op.kind,
      ...(text === undefined ? sourceOf(op) : { instruction: text }),
      inputs: op.inputs.filter((input) => known.has(input)).map(idOf),
      cacheKey: solved.key(op.id),
      ...resultOf(solved, op),
    };
  }
}

/** The Dockerfile itself with what it includes. */
export function* sourcesOf({ sources }: BuildFacts): Generator<unknown> {
  for (const [name, { text }] of sources)
    yield { name, digest: { sha256: sha256(text) }, content: Buffer.from(text).toString('base64') };
}

function idOf(op: OpId): string {
  return `step${op}`;
}

function sourceOf(op: Op): Readonly<Record<string, string>> {
  switch (op.kind) {
    case 'image':
      return { source: op.reference };
    case 'http':
      return { source: addressUri(op.url) };
    case 'git':
      return { source: addressUri(op.remote) };
    case 'context':
      return { source: op.name ?? 'context' };
    default:
      return {};
  }
}

/** A tree, or the layer on top of what is below it; nothing where a step has changed no file. */
function resultOf(solved: SolvedPlan, op: Op): Readonly<Record<string, unknown>> {
  const result = solved.result(op.id);
  if (result.kind === 'tree') return { tree: result.digest };
  const top = result.diffIds.at(-1);
  const below = 'base' in op ? heightOf(solved.result(op.base)) : 0;
  return top === undefined || result.diffIds.length <= below ? {} : { layer: top };
}

function heightOf(result: OpResult): number {
  return result.kind === 'tree' ? 0 : result.diffIds.length;
}
