import { CancelledError, toWharfError, type CallOptions } from '@wharf/core';

/**
 * Runs all at once. When one fails the others are told to end, and the first failure is thrown when all have ended.
 */
export async function together(
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
  { signal }: CallOptions,
): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let first: unknown;
  await Promise.all(
    tasks.map((task) =>
      task(both).catch((error: unknown) => {
        if (failed.signal.aborted) return;
        first = error;
        failed.abort(toWharfError(error));
      }),
    ),
  );
  if (signal.aborted) throw new CancelledError(undefined, { cause: signal.reason });
  if (failed.signal.aborted) throw first;
}
