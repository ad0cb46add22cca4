import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { DataLossError, ResourceExhaustedError } from '@wharf/core';
import { digestAlgorithm, digestOf, maxDocumentBytes } from '@wharf/oci';
import type { Digest } from '@wharf/oci';

/** A decimal Content-Length; undefined when absent, `invalid` for anything else. */
export function contentLength(headers: IncomingHttpHeaders): number | undefined | 'invalid' {
  const text = headers['content-length'];
  if (text === undefined) return undefined;
  if (text.length === 0 || text.length > 15) return 'invalid';
  for (const char of text) if (char < '0' || char > '9') return 'invalid';
  return Number(text);
}

export function hashLike(digest: Digest, bytes: Uint8Array): Digest {
  const algorithm = digestAlgorithm(digest);
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** @throws ResourceExhaustedError for a manifest, index or config past 4 MiB */
export function checkDocumentSize(what: string, size: number): void {
  if (size <= maxDocumentBytes) return;
  throw new ResourceExhaustedError(
    `${what} has ${size} bytes, the limit for a document is ${maxDocumentBytes}`,
  );
}

/**
 * The bytes must come as they are stored. An encoding is passed over only where the announced length is the
 * wanted one, which is how some object stores label a blob that is compressed in itself.
 */
export function checkEncoding(
  host: string,
  what: string,
  headers: IncomingHttpHeaders,
  wanted: number,
): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === '' || encoding === 'identity') return;
  if (contentLength(headers) === wanted) return;
  throw new DataLossError(
    `${host} sends ${what} with another encoding than was asked for: identity is the only one allowed`,
    { facts: { host } },
  );
}
