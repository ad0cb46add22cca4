import type { CallOptions, PushFrame, PushOptions } from '@wharf/core';
import { InvalidArgumentError, WharfError } from '@wharf/core';
import {
  canonical,
  canonicalName,
  familiar,
  familiarName,
  parseReference,
  withDefaultTag,
  type Reference,
} from '@wharf/oci';
import { framesOf, type FrameQueue } from '../../concurrency/frame-queue.js';
import type { Semaphore } from '../../concurrency/semaphore.js';
import { chooseClaimed } from '../choose.js';
import type { Claim, Claims } from '../claims.js';
import type { ImageRecords, TargetRecord } from '../records.js';
import { recompressSelection, type RecompressDependencies } from '../recompress.js';
import type { Selection } from '../select.js';
import { pushBlobs, type UploadDependencies } from './blobs.js';
import { pushDocuments, type PushDocumentDependencies } from './documents.js';
import type { PushJob } from './job.js';
import { recordPushed, type RecordDependencies } from './record.js';

export interface PushDependencies
  extends RecompressDependencies, UploadDependencies, PushDocumentDependencies, RecordDependencies {
  readonly content: RecompressDependencies['content'] &
    UploadDependencies['content'] &
    PushDocumentDependencies['content'];
  readonly registry: UploadDependencies['registry'] & PushDocumentDependencies['registry'];
  readonly claims: Claims;
}

/**
 * Uploads layers and configs side by side, then the documents, the name last. Layers that are plain here go gzipped unless
 * said otherwise, but those of images with attestations, which are about the very manifest; the image that the registry then has is kept under its digest here too.
 */
export function pushImages(
  deps: PushDependencies,
  places: Semaphore,
  ref: string,
  options: PushOptions,
): AsyncIterable<PushFrame> {
  return framesOf<PushFrame>(async (queue, { signal }) => {
    const claim = deps.claims.openOnce('push');
    try {
      await push(deps, places, claim, { ref, queue, options: { ...options, signal } });
    } finally {
      claim.fulfil();
    }
  }, options);
}

interface Request {
  readonly ref: string;
  readonly queue: FrameQueue<PushFrame>;
  readonly options: PushOptions;
}

async function push(
  deps: PushDependencies,
  places: Semaphore,
  claim: Claim,
  { ref, queue, options }: Request,
): Promise<void> {
  const { signal, credentials } = options;
  const call = { signal, ...(credentials === undefined ? {} : { auth: credentials }) };
  const jobs: PushJob[] = [];
  for (const { name, target } of namesToPush(deps.records, ref, options.allTags ?? false)) {
    const chosen = await chooseClaimed(deps, claim, target, {
      ref: familiar(name),
      signal,
      ...(options.platform ? { platforms: [options.platform] } : {}),
    });
    if (!chosen.whole && !options.platform) queue.push(partNote(target, chosen));
    const selection = await compressed(deps, claim, chosen, queue, options);
    const unchanged = selection.target.digest === target.digest;
    jobs.push({ name, target, selection, unchanged });
  }
  const [first] = jobs as [PushJob, ...PushJob[]];
  await pushBlobs(deps, places, { repository: first.name, jobs, queue }, call);
  for (const job of jobs) {
    const result = await pushDocuments(deps, job, call);
    await storeMade(deps, claim, job.selection, { signal });
    recordPushed(deps, job);
    queue.push({ kind: 'done', result });
  }
}

/** An index that was made for this push is of the image from now on. */
async function storeMade(
  deps: PushDependencies,
  claim: Claim,
  { made, target, whole }: Selection,
  options: CallOptions,
): Promise<void> {
  if (made === undefined || !whole) return;
  await claim.hold([target.digest], options);
  await deps.content.put(made, options);
}

function compressed(
  deps: PushDependencies,
  claim: Claim,
  selection: Selection,
  queue: FrameQueue<PushFrame>,
  options: PushOptions,
): Promise<Selection> {
  const { signal, compression = 'gzip', forceCompression: force = false } = options;
  return recompressSelection(deps, claim, selection, {
    signal,
    compression,
    force,
    keepAttested: options.compression === undefined && !force,
    onDropped: (message) => queue.push({ kind: 'note', message }),
    onLayer: ({ digest: id, size: total }, current) =>
      queue.push({ kind: 'progress', progress: { id, phase: 'compressing', current, total } }, id),
  });
}

function partNote(target: TargetRecord, { target: part, manifests }: Selection): PushFrame {
  const what = manifests.length > 1 ? 'platforms were' : 'single-platform image was';
  return {
    kind: 'note',
    message: `Not all multiplatform-content is present and only the available ${what} pushed\n${target.digest} -> ${part.digest}`,
  };
}

interface NamedTarget {
  readonly name: Reference;
  readonly target: TargetRecord;
}

function namesToPush(records: ImageRecords, ref: string, allTags: boolean): readonly NamedTarget[] {
  const reference = parseReference(ref);
  if (reference.digest !== undefined)
    throw new InvalidArgumentError('cannot push a digest reference');
  if (!allTags) {
    const name = withDefaultTag(reference);
    const target = records.byName(canonical(name));
    if (target !== undefined) return [{ name, target }];
    throw absent(name);
  }
  if (reference.tag !== undefined)
    throw new InvalidArgumentError("tag can't be used with --all-tags/-a");
  const repository = canonicalName(reference);
  const found = records
    .targets()
    .flatMap((target) =>
      target.names
        .map((name) => ({ name: parseReference(name), target }))
        .filter(({ name }) => canonicalName(name) === repository),
    );
  if (found.length === 0) throw absent(reference);
  return found.sort((a, b) => ((a.name.tag ?? '') < (b.name.tag ?? '') ? -1 : 1));
}

/** In docker's words. */
function absent(name: Reference): WharfError {
  return new WharfError(
    'not-found',
    `an image does not exist locally with the tag: ${familiarName(name)}`,
    { facts: { kind: 'image', name: familiar(name) } },
  );
}
