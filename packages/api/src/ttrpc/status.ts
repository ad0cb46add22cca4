import { WharfError, errorCodes, type ErrorCode, type ErrorFacts } from '@wharf/core';
import type { TtrpcStatus } from '../gen/wharf/shim/v1/ttrpc.js';

/** gRPC's status codes; those without a class of ours come back as `internal`. */
const grpcCodes: Readonly<Record<ErrorCode, number>> = {
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

const factsType = 'wharf.shim.v1.Facts+json';

export const okStatus: TtrpcStatus = { code: 0, message: '', details: [] };

/** A failure as it travels: its code, its text, its facts. */
export function encodeStatus(error: WharfError): TtrpcStatus {
  const facts = Buffer.from(JSON.stringify(error.facts));
  return {
    code: grpcCodes[error.code],
    message: error.message,
    details: [{ typeUrl: factsType, value: facts }],
  };
}

/** The failure that the other side reported; undefined for success. */
export function decodeStatus(status: TtrpcStatus | undefined): WharfError | undefined {
  if (status === undefined || status.code === 0) return undefined;
  const code = errorCodes.find((name) => grpcCodes[name] === status.code) ?? 'internal';
  const detail = status.details.find((one) => one.typeUrl === factsType);
  const facts = detail === undefined ? {} : decodeFacts(detail.value);
  return new WharfError(code, status.message, { facts });
}

function decodeFacts(bytes: Uint8Array): ErrorFacts {
  const facts: Record<string, string> = {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof parsed !== 'object' || parsed === null) return facts;
    for (const [key, value] of Object.entries(parsed)) {
      if (key !== '__proto__' && typeof value === 'string') facts[key] = value;
    }
  } catch {
    // Facts are an extra: a peer that garbles them has still failed with that code and text.
  }
  return facts;
}
