import type { Contents } from '@wharf/core';
import { WharfError } from '@wharf/core';

/** Stands where a verb is still being built. */
export function unfinished(what: string): never {
  throw new WharfError('unimplemented', `${what} is not there yet`);
}

export const unfinishedContents: Contents = {
  describe: () => unfinished('image send'),
  missing: () => unfinished('image send'),
  read: () => unfinished('image send'),
  write: () => unfinished('image send'),
  name: () => unfinished('image send'),
};
