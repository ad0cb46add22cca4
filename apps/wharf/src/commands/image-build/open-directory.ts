import { WharfError } from '@wharf/core';
import type { OpenContext } from './open-context.js';

/** A directory of this machine as a build context. */
export const openDirectory: OpenContext = (directory) =>
  Promise.reject(new WharfError('unimplemented', `${directory} cannot be read as a context yet`));
