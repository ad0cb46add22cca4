import { toWharfError, WharfError } from '@wharf/core';
import { excerpt, type ImageRequest, type Place, type Source } from '@wharf/dockerfile';
import type { NodeDescription } from '../solve/describe.js';

/** Texts of a Dockerfile and what it includes, by their names. */
export type Sources = ReadonlyMap<string, Source>;

/** The failure of a step with its name and place, for people who look for it in their file. */
export function stepFailure(
  error: unknown,
  { name, stage, place, definition }: NodeDescription,
  sources: Sources,
): WharfError {
  const reference = definition.op === 'image' ? definition.text.slice('FROM '.length) : undefined;
  const step = { step: name, ...(stage === '' ? {} : { stage }) };
  return placed(error, { reference, place, facts: step }, sources);
}

/** The failure to find out what an image is. */
export function imageFailure(
  error: unknown,
  { reference, place }: Pick<ImageRequest, 'reference' | 'place'>,
  sources: Sources,
): WharfError {
  return placed(error, { reference, place, facts: {} }, sources);
}

interface Where {
  readonly reference: string | undefined;
  readonly place: Place | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

function placed(error: unknown, { reference, place, facts }: Where, sources: Sources): WharfError {
  const failure = toWharfError(error);
  if (failure.code === 'internal' || failure.code === 'cancelled') return failure;
  const { message } = failure;
  const named = reference === undefined || message.includes(reference);
  const source = place === undefined ? undefined : sources.get(place.file);
  return new WharfError(failure.code, named ? message : `${reference}: ${message}`, {
    cause: failure,
    facts: {
      ...facts,
      ...(place === undefined || source === undefined
        ? {}
        : {
            file: place.file,
            line: String(place.range.start.line),
            excerpt: excerpt(source, place.range),
          }),
      ...failure.facts,
    },
  });
}
