import type { Contents } from '@wharf/core';
import { parseDigest } from '@wharf/oci';
import { describeImage, type DescribeDependencies } from './describe.js';
import { missingBlobs, type MissingDependencies } from './missing.js';
import { nameContent, type NameDependencies } from './name.js';
import { writeBlob, type WriteDependencies } from './write.js';

export interface ContentsDependencies
  extends DescribeDependencies, MissingDependencies, NameDependencies, WriteDependencies {
  readonly content: DescribeDependencies['content'] &
    MissingDependencies['content'] &
    NameDependencies['content'] &
    WriteDependencies['content'];
}

/** The verified bytes of this daemon, for another one to fetch or bring. */
export function createContents(deps: ContentsDependencies): Contents {
  return {
    describe: (ref, options) => describeImage(deps, ref, options),
    missing: (lease, blobs, options) => missingBlobs(deps, lease, blobs, options),
    read: (digest, options) => deps.content.stream(parseDigest(digest), options),
    write: (request, chunks, options) => writeBlob(deps, request, chunks, options),
    name: (lease, name, target, options) => nameContent(deps, { lease, name, target }, options),
  };
}
