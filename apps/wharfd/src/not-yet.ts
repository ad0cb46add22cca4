import { WharfError } from '@wharf/core';

/** Stands for managers that this daemon is not built with: each of their calls says so. */
export function notYet<T extends object>(noun: string): T {
  return new Proxy({} as T, {
    get: () => () => {
      throw new WharfError('unimplemented', `this daemon has no ${noun} yet`);
    },
  });
}
