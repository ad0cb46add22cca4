/**
 * The failures that Wharf reports. Callers test `err.code` and read `err.facts`, never the text.
 * Message style: lower case, no full stop, names the object, says what to do.
 */
export const errorCodes = [
  'invalid-argument',
  'not-found',
  'already-exists',
  'failed-precondition',
  'permission-denied',
  'unauthenticated',
  'resource-exhausted',
  'unavailable',
  'deadline-exceeded',
  'cancelled',
  'data-loss',
  'unimplemented',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Machine-readable facts of a failure; they travel to remote callers unchanged. Never a secret. */
export type ErrorFacts = Readonly<Record<string, string>>;

export interface WharfErrorOptions {
  readonly cause?: unknown;
  readonly facts?: ErrorFacts;
}

/** A failure with a code. Subclasses exist only where a caller constructs them often. */
export class WharfError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, options: WharfErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WharfError';
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** The request itself is wrong, whatever the state of the daemon. */
export class InvalidArgumentError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('invalid-argument', message, options);
    this.name = 'InvalidArgumentError';
  }
}

/** No object of that kind has that name or id. */
export class NotFoundError extends WharfError {
  constructor(kind: string, name: string, options: WharfErrorOptions = {}) {
    super('not-found', `no such ${kind}: ${name}`, {
      ...options,
      facts: { kind, name, ...options.facts },
    });
    this.name = 'NotFoundError';
  }
}

/** The name is taken; `facts.holder` has the id of who has it. */
export class AlreadyExistsError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('already-exists', message, options);
    this.name = 'AlreadyExistsError';
  }
}

/** The object is in a state in which this cannot be done (start a paused container). */
export class FailedPreconditionError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('failed-precondition', message, options);
    this.name = 'FailedPreconditionError';
  }
}

/** Something that the daemon depends on does not answer or says no for now; a retry may help. */
export class UnavailableError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('unavailable', message, options);
    this.name = 'UnavailableError';
  }
}

/** Bytes are not what their digest, size or format says. */
export class DataLossError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('data-loss', message, options);
    this.name = 'DataLossError';
  }
}

/** A limit on an input or a resource of the host is used up. */
export class ResourceExhaustedError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('resource-exhausted', message, options);
    this.name = 'ResourceExhaustedError';
  }
}

/** The caller went away or asked to stop. */
export class CancelledError extends WharfError {
  constructor(message = 'the operation was cancelled', options?: WharfErrorOptions) {
    super('cancelled', message, options);
    this.name = 'CancelledError';
  }
}

/** A bug of ours. The text is for the log; remote callers see a bare "internal error". */
export class InternalError extends WharfError {
  constructor(message: string, options?: WharfErrorOptions) {
    super('internal', message, options);
    this.name = 'InternalError';
  }
}

/** Marks a place that the type system proves unreachable. */
export function assertNever(value: never, what = 'value'): never {
  throw new InternalError(`unexpected ${what}: ${JSON.stringify(value)}`);
}

export function isWharfError(error: unknown): error is WharfError {
  return error instanceof WharfError;
}

/** The failure inside whatever was thrown; anything that is not ours is a bug and becomes `internal`. */
export function toWharfError(thrown: unknown): WharfError {
  if (thrown instanceof WharfError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new CancelledError(undefined, { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const errno = lackOf(thrown);
  if (errno === undefined) return new InternalError(message, { cause: thrown });
  const options = { cause: thrown, facts: { errno } };
  return new ResourceExhaustedError(`${lacks[errno]}: ${message}`, options);
}

const lacks: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the file system of the daemon',
  EDQUOT: 'the disk quota of the daemon is used up',
  EMFILE: 'the daemon has too many open files',
  ENFILE: 'the host has too many open files',
};

/** SQLite's own code of a full disk; sqlite.org/rescode.html. */
const sqliteFull = 13;

/** One of `lacks`, where a failure of the system or of SQLite says that the outside ran out of something. */
function lackOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code, errcode } = thrown as Error & { code?: unknown; errcode?: unknown };
  if (errcode === sqliteFull) return 'ENOSPC';
  return typeof code === 'string' && Object.hasOwn(lacks, code) ? code : undefined;
}
