import type { BlobWrite, CallOptions } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import type { ContentStore } from '../content/content.js';
import type { Claims } from '../images/claims.js';
import { checkDescriptor, leaseName } from './check.js';

export interface WriteDependencies {
  readonly content: Pick<ContentStore, 'find' | 'begin'>;
  readonly claims: Claims;
}

/**
 * Keeps a blob that somebody brings. What came before a failure stays for the next try; a blob that is here already is read
 * over. failed-precondition with `facts.offset` when the bytes do not begin where those that are here end.
 */
export async function writeBlob(
  { content, claims }: WriteDependencies,
  request: BlobWrite,
  chunks: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<void> {
  const blob = checkDescriptor(request.blob);
  using claim = claims.open(leaseName(request.lease));
  await claim.hold([blob.digest], { signal });
  if ((await content.find(blob.digest)) === blob.size) return drain(chunks, signal);
  const ingest = await content.begin(blob, { signal });
  try {
    if ((await content.find(blob.digest)) === blob.size) return await drain(chunks, signal);
    if (ingest.offset !== request.offset) {
      throw new FailedPreconditionError(
        `${ingest.offset} bytes of ${blob.digest} are here: go on from there, not from ${request.offset}`,
        { facts: { digest: blob.digest, offset: String(ingest.offset) } },
      );
    }
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      await ingest.write(chunk);
    }
    await ingest.commit();
  } finally {
    await ingest.close();
  }
}

async function drain(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const _ of chunks) signal.throwIfAborted();
}
