import type { CallOptions, PushFrame, PushPhase } from '@wharf/core';
import { ResourceExhaustedError } from '@wharf/core';
import {
  canonicalName,
  isForeignLayerType,
  type Descriptor,
  type Manifest,
  type Reference,
} from '@wharf/oci';
import type { FrameQueue } from '../concurrency/frame-queue.js';
import type { Semaphore } from '../concurrency/semaphore.js';
import type { Access, RegistryBoth } from './access.js';
import { keepReferrersTag } from '../images/referrers-tag.js';
import { at, fetchFound, type Found } from './look-up.js';
import { referrersOf } from './referrers.js';

/** Indexes in indexes (SECURITY.md 3.1). */
const maxDepth = 2;
/** Signatures and bills of materials of one manifest; more are not copied, and said. */
const maxReferrers = 100;

export interface Transfer {
  readonly registry: RegistryBoth;
  readonly uploads: Semaphore;
  readonly access: Access;
  readonly queue: FrameQueue<PushFrame>;
}

/**
 * Copies what was found, and all that it needs, to another repository: blobs first, the document last, under its digest
 * and under the tag of `target` if it has one. Nothing is stored here.
 */
export async function copyFound(
  transfer: Transfer,
  found: Found,
  target: Reference,
  options: CallOptions,
  depth = 0,
): Promise<void> {
  const { document } = found;
  if (document.kind === 'index') {
    if (depth >= maxDepth) {
      throw new ResourceExhaustedError(
        `${found.descriptor.digest} is an index in an index in an index, at most ${maxDepth} levels are copied`,
      );
    }
    for (const entry of document.manifests) {
      const child = await fetchFound(transfer.registry, found.reference, entry, transfer.access);
      await copyFound(transfer, child, at(target, entry), options, depth + 1);
    }
  } else {
    await copyBlobs(transfer, document, found.reference, target, options);
  }
  const { registry, access } = transfer;
  const { mediaType } = found.descriptor;
  const auth = { ...access(target), ...options };
  const pushed = await registry.pushManifest(target, mediaType, found.bytes, auth);
  if (document.subject !== undefined && !pushed.subjectHandled) {
    await keepReferrersTag(registry, target, document.subject.digest, referrerOf(found), auth);
  }
  if (depth < maxDepth && !sameRepository(found.reference, target)) {
    await copyReferrers(transfer, found, target, options, depth);
  }
}

/** What names the document as its subject goes along: signatures, attestations (distribution-spec, listing referrers). */
async function copyReferrers(
  transfer: Transfer,
  found: Found,
  target: Reference,
  options: CallOptions,
  depth: number,
): Promise<void> {
  const { registry, access, queue } = transfer;
  const referrers = await referrersOf(registry, found, access);
  if (referrers.length > maxReferrers) {
    queue.push({
      kind: 'note',
      message: `${found.descriptor.digest} has ${referrers.length} referrers, the first ${maxReferrers} are copied`,
    });
  }
  for (const referrer of referrers.slice(0, maxReferrers)) {
    const child = await fetchFound(registry, found.reference, referrer, access);
    await copyFound(transfer, child, at(target, referrer), options, depth + 1);
  }
}

/** What a list of referrers says of one: its type is that of the artifact, or of its config. */
function referrerOf({ descriptor, document }: Found): Descriptor {
  const type = document.artifactType ?? ('config' in document ? document.config.mediaType : '');
  return {
    ...descriptor,
    ...(type === '' ? {} : { artifactType: type }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}

/** Layers in parallel, the config with them; a digest that the manifest names twice goes once. */
async function copyBlobs(
  transfer: Transfer,
  manifest: Manifest,
  from: Reference,
  target: Reference,
  options: CallOptions,
): Promise<void> {
  if (sameRepository(from, target)) return;
  const blobs = new Map<string, Descriptor>();
  for (const blob of [...manifest.layers, manifest.config]) {
    if (!isForeignLayerType(blob.mediaType)) blobs.set(blob.digest, blob);
  }
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const copies = [...blobs.values()].map(async (blob) => {
    try {
      await copyBlob(transfer, blob, from, target, { signal });
    } catch (error) {
      failed.abort(error);
      throw failed.signal.reason;
    }
  });
  const done = await Promise.allSettled(copies);
  const broken = done.find((result) => result.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

async function copyBlob(
  { registry, uploads, access, queue }: Transfer,
  blob: Descriptor,
  from: Reference,
  target: Reference,
  { signal }: CallOptions,
): Promise<void> {
  const tell = (phase: PushPhase, current: number, source?: string): void =>
    queue.push(
      {
        kind: 'progress',
        progress: {
          id: blob.digest,
          phase,
          current,
          total: blob.size,
          ...(source === undefined ? {} : { from: source }),
        },
      },
      blob.digest,
    );
  tell('waiting', 0);
  await using _ = await uploads.acquire({ signal });
  const pushed = await registry.pushBlob(
    target,
    blob,
    (offset, options) => registry.fetchBlob(from, blob, offset, { ...access(from), ...options }),
    {
      ...access(target),
      signal,
      onBytes: (sent) => tell('pushing', sent),
      mountFrom: from.domain === target.domain ? [from] : [],
    },
  );
  if (pushed === 'pushed') tell('pushed', blob.size);
  else if (pushed === 'exists') tell('exists', blob.size);
  else tell('mounted', blob.size, pushed.mountedFrom.path);
}

function sameRepository(a: Reference, b: Reference): boolean {
  return canonicalName(a) === canonicalName(b);
}
