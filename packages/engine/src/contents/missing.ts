import type { BlobDescriptor, CallOptions, MissingBlob } from '@wharf/core';
import { DataLossError, ResourceExhaustedError } from '@wharf/core';
import type { ContentStore } from '../content/content.js';
import type { Claims } from '../images/claims.js';
import { checkDescriptor, leaseName } from './check.js';

export interface MissingDependencies {
  readonly content: Pick<ContentStore, 'find' | 'partial'>;
  readonly claims: Claims;
}

const maxBlobs = 20_000;

/** Those that are not here, with how much of each is; all of them stay from now on, as long as the lease does. */
export async function missingBlobs(
  { content, claims }: MissingDependencies,
  lease: string,
  blobs: readonly BlobDescriptor[],
  { signal }: CallOptions,
): Promise<readonly MissingBlob[]> {
  const name = leaseName(lease);
  if (blobs.length > maxBlobs)
    throw new ResourceExhaustedError(`${blobs.length} blobs at once are more than ${maxBlobs}`);
  const checked = blobs.map(checkDescriptor);
  using claim = claims.open(name);
  await claim.hold(
    checked.map(({ digest }) => digest),
    { signal },
  );
  const missing: MissingBlob[] = [];
  for (const blob of checked) {
    const found = await content.find(blob.digest);
    if (found !== undefined && found !== blob.size)
      throw new DataLossError(`blob ${blob.digest} has ${found} bytes here, not ${blob.size}`);
    if (found !== undefined) continue;
    const offset = await content.partial(blob.digest);
    missing.push({ blob, offset: offset <= blob.size ? offset : 0 });
  }
  return missing;
}
