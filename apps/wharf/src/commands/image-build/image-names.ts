import { InvalidArgumentError } from '@wharf/core';
import { familiar, parseReference, withDefaultTag } from '@wharf/oci';

/** The names of -t, each with its tag, none twice. @throws InvalidArgumentError for a digest or what is no name */
export function imageNames(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map(nameOf))];
}

function nameOf(text: string): string {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new InvalidArgumentError(
      `invalid tag ${JSON.stringify(text)}: what is built has a digest of its own, leave it out`,
    );
  }
  return familiar(withDefaultTag(reference));
}
