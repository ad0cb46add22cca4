import { WharfError, isWharfError, type ErrorCode } from '@wharf/core';

/** An answer other than success, in the words of the distribution API (distribution-spec 1.1, error codes). */
export class Refusal extends WharfError {
  readonly status: number;
  readonly word: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    word: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super('failed-precondition', message);
    this.status = status;
    this.word = word;
    this.headers = headers;
  }
}

const statuses: Partial<Record<ErrorCode, readonly [number, string]>> = {
  'not-found': [404, 'MANIFEST_UNKNOWN'],
  'invalid-argument': [400, 'MANIFEST_INVALID'],
  'data-loss': [400, 'DIGEST_INVALID'],
  'failed-precondition': [400, 'MANIFEST_BLOB_UNKNOWN'],
  'resource-exhausted': [413, 'SIZE_INVALID'],
  unimplemented: [415, 'UNSUPPORTED'],
};

/** Insufficient Storage (RFC 4918, 11.5). */
export const noRoomStatus = 507;

export function noRoom(): Refusal {
  return new Refusal(
    noRoomStatus,
    'UNKNOWN',
    'no space left on the disk of this registry: free some there, and push again',
  );
}

/** What a failure of the engine is to a client; `undefined` is one that only the log may know. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (isFull(error)) return noRoom();
  const known = isWharfError(error) ? statuses[error.code] : undefined;
  if (known === undefined || !isWharfError(error)) return undefined;
  return new Refusal(known[0], known[1], error.message);
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  return isWharfError(error) && error.facts['errno'] === 'ENOSPC';
}
