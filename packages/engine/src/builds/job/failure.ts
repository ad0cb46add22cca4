import { toWharfError, WharfError } from '@wharf/core';
import { excerpt, type Source } from '@wharf/dockerfile';
import type { NodeDescription } from '../solve/describe.js';

/** The failure of a step with its name and place, for people who look for it in their file. */
export function stepFailure(
  error: unknown,
  { name, stage, step }: NodeDescription,
  sources: ReadonlyMap<string, Source>,
): WharfError {
  const failure = toWharfError(error);
  if (failure.code === 'internal') return failure;
  const source = step === undefined ? undefined : sources.get(step.file);
  return new WharfError(failure.code, failure.message, {
    cause: failure,
    facts: {
      step: name,
      ...(stage === '' ? {} : { stage }),
      ...(step === undefined || source === undefined
        ? {}
        : {
            file: step.file,
            line: String(step.range.start.line),
            excerpt: excerpt(source, step.range),
          }),
      ...failure.facts,
    },
  });
}
