import type { CallOptions, FileChange, PlatformOption } from '@wharf/core';
import { chainIds } from '@wharf/oci';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { PackPort } from '../layers/ports.js';
import type { Claim, Claims } from './claims.js';
import type { ImageDocuments } from './documents.js';
import { getImage } from './lookup.js';
import type { ImageRecords } from './records.js';

export interface DiffDependencies {
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  readonly layers: Pick<Layers, 'directories'>;
  readonly claims: Claims;
  readonly pack: Pick<PackPort, 'compareTrees'>;
}

const batchSize = 1000;

/** What differs between the files of two images, by path, in batches. Nothing of either can go meanwhile. */
export async function* diffImages(
  deps: DiffDependencies,
  from: string,
  to: string,
  { signal, platform }: CallOptions & PlatformOption,
): AsyncGenerator<readonly FileChange[]> {
  const claim = deps.claims.openOnce('diff');
  try {
    const [before, after] = [
      await directoriesOf(deps, claim, from, { signal, platform }),
      await directoriesOf(deps, claim, to, { signal, platform }),
    ];
    const changes = await deps.pack.compareTrees({ from: before, to: after }, { signal });
    for (let at = 0; at < changes.length; at += batchSize) yield changes.slice(at, at + batchSize);
  } finally {
    claim.fulfil();
  }
}

async function directoriesOf(
  { records, documents, layers }: DiffDependencies,
  claim: Claim,
  ref: string,
  { signal, platform }: CallOptions & { readonly platform: string | undefined },
): Promise<readonly string[]> {
  const { manifest } = getImage(records, ref, platform);
  const { diffIds } = await documents.config(manifest.configDigest);
  await claim.hold(chainIds(diffIds, hashBytes), { signal });
  return layers.directories(diffIds);
}
