import { createHash } from 'node:crypto';
import type { CallOptions, VerifiedPart } from '@wharf/core';
import { isWharfError } from '@wharf/core';
import { digestAlgorithm, digestHex, type Descriptor, type Digest } from '@wharf/oci';
import type { ContentStore } from '../../content/content.js';
import type { PackPort } from '../../layers/ports.js';

export interface BlobCheckDependencies {
  readonly content: Pick<ContentStore, 'find' | 'path' | 'stream'>;
  readonly pack: Pick<PackPort, 'identify'>;
}

export interface BlobToCheck {
  readonly blob: Descriptor;
  readonly role: VerifiedPart['role'];
  /** Of a layer: what must be in it. */
  readonly diffId: Digest | undefined;
}

/** Hashes a blob again, and of a layer what is in it. */
export async function checkBlob(
  deps: BlobCheckDependencies,
  { blob, role, diffId }: BlobToCheck,
  { signal }: CallOptions,
): Promise<VerifiedPart> {
  const { digest } = blob;
  const part = (problem: string, size: number): VerifiedPart => ({ digest, role, problem, size });
  const found = await deps.content.find(digest);
  if (found === undefined) return part('it is missing', 0);
  if (found !== blob.size) return part(`it has ${found} bytes instead of ${blob.size}`, found);
  const hash = createHash(digestAlgorithm(digest));
  for await (const piece of deps.content.stream(digest, { signal })) hash.update(piece);
  const actual = hash.digest('hex');
  if (actual !== digestHex(digest)) return part(`its bytes have another digest: ${actual}`, found);
  if (diffId === undefined) return part('', found);
  return part(await checkInside(deps, digest, diffId, { signal }), found);
}

async function checkInside(
  { content, pack }: BlobCheckDependencies,
  digest: Digest,
  diffId: Digest,
  options: CallOptions,
): Promise<string> {
  try {
    const found = await pack.identify({ path: content.path(digest) }, options);
    return found.diffId === diffId ? '' : `it holds ${found.diffId} instead of ${diffId}`;
  } catch (error) {
    options.signal.throwIfAborted();
    if (isWharfError(error)) return error.message;
    throw error;
  }
}
