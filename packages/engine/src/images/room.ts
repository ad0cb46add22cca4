import type { CallOptions, WharfError } from '@wharf/core';
import { diskFull, isDiskFull } from '../disk/full.js';

export interface RoomDependencies {
  /** On the file system of content and layers. */
  readonly temporary: string;
  /** Removes what nothing holds. */
  readonly collect: (options: CallOptions) => Promise<unknown>;
}

const clearMs = 60_000;

/**
 * Does work that ends with no claim and no file of its own, and when the disk is too full for it, clears away what it brought
 * and says which file system it was.
 */
export async function orTellFull<T>(
  deps: RoomDependencies,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    throw await tellFull(deps, what, error);
  }
}

/** Clears away what nothing holds any more. @returns what to say */
export async function tellFull(
  { collect, temporary }: RoomDependencies,
  what: string,
  error: unknown,
): Promise<WharfError> {
  try {
    await collect({ signal: AbortSignal.timeout(clearMs) });
  } catch {
    // The next collection takes it: the full disk is what people must hear of.
  }
  return diskFull(what, temporary, error);
}
