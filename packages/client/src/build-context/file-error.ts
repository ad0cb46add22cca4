import { FailedPreconditionError, NotFoundError, toWharfError, WharfError } from '@wharf/core';
import type { DiskPath } from './bytes-path.js';
import { textOf } from './bytes-path.js';

export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** A failed call on a file of the context, by its path there. */
export function fileError(error: unknown, path: DiskPath): WharfError {
  if (error instanceof WharfError) return error;
  const name = textOf(path) || '.';
  const options = { cause: error, facts: { path: name } };
  const errno = errnoOf(error);
  if (errno === 'EACCES' || errno === 'EPERM') {
    const text = `${name} in the build context cannot be read: change its mode or put it into .dockerignore`;
    return new WharfError('permission-denied', text, options);
  }
  if (errno === 'ENOENT') return new NotFoundError('file in the build context', name, options);
  const known = toWharfError(error);
  if (known.code !== 'internal') return known;
  return new FailedPreconditionError(
    `${name} in the build context cannot be read: ${errno || known.message}`,
    options,
  );
}

/** Whoever writes to the context while it is built gets no build of something in between. */
export function changedError(path: DiskPath): FailedPreconditionError {
  const name = textOf(path);
  return new FailedPreconditionError(
    `${name} in the build context has changed while it was read: build again`,
    { facts: { path: name } },
  );
}
