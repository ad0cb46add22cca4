import { FailedPreconditionError } from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { lineReader } from './prompt.js';

/**
 * Asks whether something that cannot be undone shall be done.
 * @param cancelled what did not happen, `image prune`
 * @throws failed-precondition unless the answer is yes
 */
export async function confirm(
  io: CliIo,
  warning: string,
  cancelled: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  io.stdout.write(`${warning}\nAre you sure you want to continue? [y/N] `);
  const answer = await lineReader(io, { signal }).line();
  if (!['y', 'yes'].includes((answer ?? '').trim().toLowerCase())) {
    throw new FailedPreconditionError(`${cancelled} has been cancelled`);
  }
}
