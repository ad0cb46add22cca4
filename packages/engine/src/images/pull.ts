import type { CallOptions, PullFrame, PullResult, RegistryCredentials } from '@wharf/core';
import { InvalidArgumentError, WharfError } from '@wharf/core';
import {
  canonical,
  canonicalName,
  familiar,
  formatPlatform,
  parseReference,
  withDefaultTag,
  withTag,
  type Descriptor,
  type Reference,
} from '@wharf/oci';
import { isDiskFull } from '../disk/full.js';
import type { State } from '../state/state.js';
import type { Layers } from '../layers/layers.js';
import type { PackPort } from '../layers/ports.js';
import type { Claim, Claims } from './claims.js';
import type { Downloads } from './download.js';
import { claimedDigests, nameTarget, unpackManifest, type InstallableManifest } from './install.js';
import { targetId } from './lookup.js';
import {
  planPull,
  type DocumentDependencies,
  type PullPlan,
  type RemoteOptions,
  type WantedPlatform,
} from './plan.js';
import type { RegistryPort, RegistryWritePort } from './ports.js';
import { ProgressQueue, type ProgressHub } from './progress.js';
import type { ImageRecords, TargetRecord } from './records.js';
import { tellFull, type RoomDependencies } from './room.js';
import { together } from './together.js';
import type { TransferRecords } from './transfer-records.js';

export interface PullDependencies extends DocumentDependencies, RoomDependencies {
  readonly registry: RegistryPort & Partial<Pick<RegistryWritePort, 'listTags'>>;
  readonly layers: Layers;
  readonly pack: Pick<PackPort, 'identify'>;
  readonly records: ImageRecords;
  readonly state: State;
  readonly downloads: Downloads;
  readonly hub: ProgressHub;
  readonly claims: Claims;
  /** Learns which repositories have which blobs. */
  readonly transfers?: Pick<TransferRecords, 'addSources'>;
}

export interface PullRequest {
  readonly reference: string;
  readonly wanted: WantedPlatform;
  readonly allTags: boolean;
  readonly credentials?: RegistryCredentials;
}

/** Progress as it comes, a result for each tag. Leaving the loop cancels; verified bytes stay under a lease for the next try. */
export async function* pullImage(
  deps: PullDependencies,
  { reference: text, wanted, allTags, credentials }: PullRequest,
  { signal }: CallOptions,
): AsyncIterable<PullFrame> {
  const auth = credentials === undefined ? {} : { auth: credentials };
  const parsed = parseReference(text);
  const references = allTags
    ? await taggedReferences(deps, parsed, { signal, ...auth })
    : [withDefaultTag(parsed)];
  for (const reference of references) {
    const left = new AbortController();
    const both = AbortSignal.any([signal, left.signal]);
    const queue = new ProgressQueue();
    const work = pull(deps, { reference, wanted }, queue, { signal: both, ...auth });
    work.finally(() => queue.end()).catch(() => undefined);
    try {
      for await (const progress of queue.read(both)) yield { kind: 'progress', progress };
      yield { kind: 'done', result: await work };
    } finally {
      left.abort(new WharfError('cancelled', 'the pull was left'));
      await work.catch(() => undefined);
    }
  }
}

async function taggedReferences(
  { registry }: PullDependencies,
  reference: Reference,
  options: RemoteOptions,
): Promise<readonly Reference[]> {
  if (reference.tag !== undefined || reference.digest !== undefined)
    throw new InvalidArgumentError("tag can't be used with --all-tags/-a");
  if (registry.listTags === undefined)
    throw new WharfError('unimplemented', 'this registry client lists no tags');
  const tags = await registry.listTags(reference, options);
  return tags.map((tag) => withTag(reference, tag));
}

async function pull(
  deps: PullDependencies,
  { reference, wanted }: { readonly reference: Reference; readonly wanted: WantedPlatform },
  queue: ProgressQueue,
  options: RemoteOptions,
): Promise<PullResult> {
  queue.push({ id: familiar(reference), phase: 'resolving', current: 0, total: 0 });
  const target = await deps.registry.resolve(reference, options);
  const what = typeof wanted === 'string' ? wanted : formatPlatform(wanted);
  using claim = deps.claims.open(`pull ${canonicalName(reference)}@${target.digest} ${what}`);
  try {
    return await pullUnder(deps, claim, { reference, target, wanted }, queue, options);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    // What was fetched would keep the disk full for as long as the lease lasts: it goes.
    giveUp(claim);
    throw await tellFull(deps, `pulling ${familiar(reference)}`, error);
  }
}

async function pullUnder(
  deps: PullDependencies,
  claim: Claim,
  {
    reference,
    target,
    wanted,
  }: Pick<PullPlan, 'reference' | 'target'> & { readonly wanted: WantedPlatform },
  queue: ProgressQueue,
  options: RemoteOptions,
): Promise<PullResult> {
  const plan = await planPull(deps, claim, { reference, target, wanted }, options);
  const digests = [
    ...plan.images.flatMap(claimedDigests),
    ...plan.others.map(({ digest }) => digest),
  ];
  await claim.hold([target.digest, ...new Set(digests)], options);
  const upToDate = isUpToDate(deps, plan);
  await fetchAndUnpack(deps, plan, queue, options);
  name(deps, plan);
  claim.fulfil();
  const [first, ...others] = plan.images;
  const id = others.length === 0 ? first?.manifest.config.digest : undefined;
  return {
    digest: target.digest,
    imageId: id ?? targetId(deps.records.target(target.digest) as TargetRecord),
    reference: canonical(reference),
    upToDate,
  };
}

function giveUp(claim: Claim): void {
  try {
    claim.abandon();
  } catch {
    // The lease ends by itself: the full disk is what people must hear of.
  }
}

/** The name, or the repository's digest, leads to all of it already. */
function isUpToDate(
  { records }: PullDependencies,
  { reference, target, images }: PullPlan,
): boolean {
  const known =
    reference.digest === undefined
      ? records.byName(canonical(reference))
      : records.target(target.digest);
  if (known?.digest !== target.digest) return false;
  if (!known.repositories.includes(canonicalName(reference))) return false;
  const here = new Set(known.manifests.map(({ digest }) => digest));
  return images.every(({ descriptor }) => here.has(descriptor.digest));
}

/** Downloads run side by side; each layer is unpacked as soon as it is there. */
async function fetchAndUnpack(
  deps: PullDependencies,
  { reference, images, others }: PullPlan,
  queue: ProgressQueue,
  options: RemoteOptions,
): Promise<void> {
  const blobs = new Map(
    [...images.flatMap(({ manifest }) => manifest.layers), ...others].map((b) => [b.digest, b]),
  );
  const stops = [...blobs.keys()].map((digest) => deps.hub.listen(digest, (p) => queue.push(p)));
  const downloads = new Map<string, Promise<'exists' | 'fetched'>>();
  const download = (blob: Descriptor, signal: AbortSignal): Promise<'exists' | 'fetched'> => {
    const known = downloads.get(blob.digest);
    if (known !== undefined) return known;
    const begun = deps.downloads.blob(reference, blob, { ...options, signal });
    downloads.set(blob.digest, begun);
    return begun;
  };
  try {
    await together(
      [
        ...images.map((image) => (signal: AbortSignal) => {
          for (const layer of image.manifest.layers) download(layer, signal).catch(() => undefined);
          return finishImage(deps, image, (blob) => download(blob, signal), queue, signal);
        }),
        ...others.map((blob) => async (signal: AbortSignal) => {
          await download(blob, signal);
        }),
      ],
      options,
    );
  } finally {
    await Promise.allSettled(downloads.values());
    for (const stop of stops) stop();
  }
}

/** Waits for the layers of one platform, and unpacks those of Linux. */
async function finishImage(
  deps: PullDependencies,
  image: InstallableManifest,
  download: (blob: Descriptor) => Promise<'exists' | 'fetched'>,
  queue: ProgressQueue,
  signal: AbortSignal,
): Promise<void> {
  const { layers } = image.manifest;
  const fetched = new Set<number>();
  const arrival = async (index: number): Promise<void> => {
    if ((await download(layers[index] as Descriptor)) === 'fetched') fetched.add(index);
  };
  const onLayer = (index: number, phase: 'unpacking' | 'done' | 'exists'): void => {
    const { digest: id, size: total } = layers[index] as Descriptor;
    const known = phase === 'exists' && fetched.has(index) ? 'done' : phase;
    queue.push({ id, phase: known, current: phase === 'unpacking' ? 0 : total, total });
  };
  if (isUnpacked(image)) return unpackManifest(deps, image, { signal, onLayer, arrival });
  await together(
    layers.map((_, index) => async () => {
      await arrival(index);
      onLayer(index, 'exists');
    }),
    { signal },
  );
}

/** Layers of other systems are kept as they came. */
function isUnpacked({ config }: InstallableManifest): boolean {
  return config.platform.os === 'linux';
}

function name(deps: PullDependencies, { reference, target, images }: PullPlan): void {
  nameTarget(deps, {
    target,
    manifests: images.map((image) => ({ ...image, unpacked: isUnpacked(image) })),
    names: reference.digest === undefined ? [canonical(reference)] : [],
    digests: [{ repository: canonicalName(reference), target: target.digest }],
    event: {
      action: 'pull',
      actorId: familiar(reference),
      attributes: { name: familiar(reference) },
    },
  });
  const blobs = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
  deps.transfers?.addSources(
    blobs.map(({ digest }) => digest),
    reference,
  );
}
