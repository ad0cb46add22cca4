import { WharfError, type ErrorCode } from '@wharf/core';

const codes: Readonly<Record<string, ErrorCode>> = {
  EEXIST: 'already-exists',
  EPERM: 'permission-denied',
  EACCES: 'permission-denied',
  ENODEV: 'not-found',
  ENOTSUP: 'unimplemented',
  EAFNOSUPPORT: 'unimplemented',
  EPROTONOSUPPORT: 'unimplemented',
  EBUSY: 'failed-precondition',
  ENETUNREACH: 'failed-precondition',
  EHOSTUNREACH: 'failed-precondition',
  ENOBUFS: 'resource-exhausted',
  ENOMEM: 'resource-exhausted',
  ENOSPC: 'resource-exhausted',
  ETIMEDOUT: 'unavailable',
};

/** What a system call said, as a failure that names its object. `facts.errno` has the kernel's own name of it. */
export function refusalOf(error: unknown, subject: string): WharfError {
  const name = errnoOf(error);
  const words = error instanceof Error ? error.message : String(error);
  return new WharfError(codes[name] ?? 'internal', `the kernel refused ${subject}: ${words}`, {
    cause: error,
    facts: { errno: name, subject },
  });
}

/** "EEXIST" of an error of the addon; '' of anything else. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}
