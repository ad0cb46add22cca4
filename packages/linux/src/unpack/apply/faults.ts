import {
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isWharfError,
  ResourceExhaustedError,
} from '@wharf/core';
import type { WharfError } from '@wharf/core';
import type { LayerPath } from './names.js';
import { shownName } from './names.js';

/** The errno name of a failed system call ("ENOENT"), or '' for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Gives a failed system call its code and names the entry; our own errors pass. */
export function faultOf(error: unknown, path: LayerPath, doing: string): WharfError {
  if (isWharfError(error)) return error;
  const code = errnoOf(error);
  const options = { cause: error, facts: { entry: shownName(path), errno: code } };
  const what = `${shownName(path)} cannot be ${doing}`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ResourceExhaustedError(`${what}: no space is left, free some or prune`, options);
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return new ResourceExhaustedError(`${what}: the host has no more resources`, options);
    case 'ENAMETOOLONG':
    case 'ELOOP':
    case 'EINVAL':
    case 'EFBIG':
    case 'E2BIG':
    case 'ERANGE':
    case 'EMLINK':
    case 'EOVERFLOW':
      return new InvalidArgumentError(`the layer is refused: ${what} (${code})`, options);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EPERM':
    case 'EACCES':
    case 'EROFS':
    case 'EBUSY':
    case 'EIO':
    case 'ENOTSUP':
    // Somebody else changes names at the same time.
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
    case 'EXDEV':
    case 'EAGAIN':
      return new FailedPreconditionError(`${what} (${code})`, options);
    default: {
      const text = error instanceof Error ? error.message : String(error);
      return new InternalError(`${what}: ${text}`, options);
    }
  }
}

/** What unpacks to more than the file system can hold, besides what is to stay free there. */
export function noSpaceFor(what: string, most: number): ResourceExhaustedError {
  return new ResourceExhaustedError(
    `no space left for ${what}: it unpacks to more than the ${most} bytes that may be used, free some or prune`,
    { facts: { errno: 'ENOSPC', limit: String(most) } },
  );
}
