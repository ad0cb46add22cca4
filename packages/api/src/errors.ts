import { errorCodes, WharfError } from '@wharf/core';
import type { ErrorCode, ErrorFacts } from '@wharf/core';
import { ErrorDetail, RpcStatus } from './gen/wharf/v1/errors.js';
import { limits } from './limits.js';

/** The gRPC status of each code (grpc.io/docs/guides/status-codes). */
export const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  cancelled: 1,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
};

const detailType = 'type.googleapis.com/wharf.v1.ErrorDetail';
const aborted = 10;
const outOfRange = 11;

/** The code that a bare gRPC status stands for: from servers and proxies that do not send our details. */
export function codeOfStatus(status: number): ErrorCode {
  const code = errorCodes.find((candidate) => statusOfCode[candidate] === status);
  if (code !== undefined) return code;
  if (status === aborted) return 'unavailable';
  return status === outOfRange ? 'invalid-argument' : 'internal';
}

/** A failure in the form in which it travels. */
export interface WireFailure {
  readonly status: number;
  readonly message: string;
  /** google.rpc.Status, for the trailer grpc-status-details-bin. */
  readonly details: Uint8Array;
}

/** What a remote caller may know of a failure: of a bug, nothing but that it happened. */
export function failureToWire(error: WharfError): WireFailure {
  const status = statusOfCode[error.code];
  const internal = error.code === 'internal';
  const message = internal ? 'internal error' : cut(error.message, limits.errorTextLength);
  const facts = internal ? new Map<string, string>() : boundedFacts(error.facts);
  const detail = ErrorDetail.encode({ code: error.code, facts }).finish();
  const details = RpcStatus.encode({
    code: status,
    message,
    details: [{ typeUrl: detailType, value: Buffer.from(detail) }],
  }).finish();
  return { status, message, details };
}

/** The failure that a server reported; without our details (a proxy's answer) the status alone decides. */
export function failureFromWire(
  status: number,
  message: string,
  details: Uint8Array | undefined,
): WharfError {
  const detail = details === undefined ? undefined : findDetail(details);
  const code = errorCodes.find((known) => known === detail?.code) ?? codeOfStatus(status);
  const text = message === '' ? `the call failed with gRPC status ${status}` : message;
  return new WharfError(code, text, { facts: Object.fromEntries(detail?.facts ?? []) });
}

function findDetail(bytes: Uint8Array): ErrorDetail | undefined {
  try {
    const found = RpcStatus.decode(bytes).details.find((any) => any.typeUrl === detailType);
    return found === undefined ? undefined : ErrorDetail.decode(found.value);
  } catch {
    return undefined; // a server of another kind uses the trailer in its own way
  }
}

/** Made for people, so that the beginning of it is worth having. */
const excerptFact = 'excerpt';

/** Short facts come first, so that a long one takes the place of no other. */
function boundedFacts(facts: ErrorFacts): Map<string, string> {
  const kept = new Map<string, string>();
  let room: number = limits.errorFactsLength;
  const shortestFirst = Object.entries(facts).sort(([, a], [, b]) => a.length - b.length);
  for (const [key, whole] of shortestFirst) {
    const left = room - key.length;
    const value = key === excerptFact ? wholeLines(whole, left) : whole;
    if (value.length > left) continue;
    room = left - value.length;
    kept.set(key, value);
  }
  return kept;
}

/** As many of the first lines as have room. */
function wholeLines(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, text.lastIndexOf('\n', length - 1) + 1);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
