import { NotFoundError, type RecordedStep, type StepExplanation } from '@wharf/core';
import type { BuildsContext } from './context.js';

/** Why steps of a build were executed, and what their keys were made of as far as that is still recorded. */
export function explainBuild(
  { records, entries, running }: BuildsContext,
  ref: string,
  wanted: string,
): readonly StepExplanation[] {
  const record = records.get(ref);
  const steps = running.get(record.id)?.steps(false) ?? record.steps;
  const found = steps.filter((step) => isWanted(step, wanted));
  if (found.length === 0 && wanted !== '')
    throw new NotFoundError('step of the build', wanted, { facts: { build: record.id } });
  return found.map((step) => {
    const inputs = step.cacheKey === '' ? undefined : entries.inputs(step.cacheKey);
    const miss = step.state.kind === 'done' ? step.state.miss : undefined;
    return { step, inputs: inputs?.inputs ?? [], ...(miss === undefined ? {} : { miss }) };
  });
}

function isWanted({ id, name, state, cacheKey }: RecordedStep, wanted: string): boolean {
  if (wanted === '') return state.kind === 'done' && !state.cached && cacheKey !== '';
  const instruction = name.slice(name.indexOf('] ') + 2);
  return String(id) === wanted || name.startsWith(wanted) || instruction.startsWith(wanted);
}
