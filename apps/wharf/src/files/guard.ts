import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import { bytesText } from '../commands/shared/bytes-text.js';
import { reasonOf } from '../commands/shared/input-file.js';

const fullDisk = ['ENOSPC', 'EDQUOT'];

/**
 * A failure of the system names the file as the user knows it, not the way by which it was opened.
 * @throws failed-precondition, or resource-exhausted for a full disk
 */
export function guard<T>(path: Uint8Array, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    if (error.code === undefined || error.syscall === undefined) throw cause;
    const shown = path.length === 0 ? 'the directory' : bytesText(path);
    const text = `${error.syscall} ${shown}: ${reasonOf(error)}`;
    throw fullDisk.includes(error.code)
      ? new ResourceExhaustedError(text, { cause })
      : new FailedPreconditionError(text, { cause });
  }
}
