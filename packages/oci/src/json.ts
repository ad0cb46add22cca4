import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import { JsonReader } from './json-reader.js';
import type { JsonValue } from './json-value.js';

export interface JsonLimits {
  /** Bytes of the whole document. */
  readonly maxBytes: number;
  /** Nested arrays and objects; 64 unless given. */
  readonly maxDepth?: number;
  /** Values in the whole document, which bounds the memory that small input can claim; 200,000 unless given. */
  readonly maxValues?: number;
}

/**
 * Reads one untrusted JSON document (RFC 8259) in linear time. Refused beyond the RFC: duplicate keys,
 * integers past 2^53-1, numbers that overflow, a byte order mark, invalid UTF-8, unpaired surrogates,
 * and anything after the document but white space.
 * @throws ResourceExhaustedError past a limit, InvalidArgumentError for malformed input
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  if (bytes.length > limits.maxBytes) {
    throw new ResourceExhaustedError(
      `the document has ${bytes.length} bytes, the limit is ${limits.maxBytes}`,
    );
  }
  const reader = new JsonReader(decode(bytes), {
    maxDepth: limits.maxDepth ?? 64,
    maxValues: limits.maxValues ?? 200_000,
  });
  return reader.document();
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidArgumentError('invalid JSON: the document is not UTF-8', { cause });
  }
}
