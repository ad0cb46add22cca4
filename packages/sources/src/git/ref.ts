import { InvalidArgumentError, printable } from '@wharf/core';

/** A full commit id: SHA-1 or SHA-256. */
export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/**
 * A name that git-check-ref-format(1) accepts, and that no command takes for an option.
 * @throws InvalidArgumentError
 */
export function checkRef(ref: string): void {
  const fits =
    ref.length <= 512 && !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^[-/.]/.test(ref);
  const parts = ref.split('/');
  if (
    fits &&
    ref !== '@' &&
    parts.every((p) => p !== '' && !p.startsWith('.') && !p.endsWith('.lock'))
  )
    return;
  throw new InvalidArgumentError(
    `${printable(ref)} is no git reference: give a branch, a tag, refs/… or a full commit`,
  );
}

/** Full names that a short one may mean, best first: git-checkout(1) takes a branch before a tag. */
export function candidates(ref: string | undefined): readonly string[] {
  if (ref === undefined || ref === 'HEAD') return ['HEAD'];
  if (ref.startsWith('refs/')) return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
}
