import { WharfError } from '@wharf/core';

/** Stands where a verb is still being built. */
export function unfinished(what: string): never {
  throw new WharfError('unimplemented', `${what} is not there yet`);
}
