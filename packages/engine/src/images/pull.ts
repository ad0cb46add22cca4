import type { CallOptions, PullFrame, PullResult, RegistryCredentials } from '@wharf/core';
import { WharfError, toWharfError } from '@wharf/core';
import {
  chainIds,
  canonicalName,
  checkLayerCount,
  chooseForPlatform,
  familiar,
  formatPlatform,
  isImageManifest,
  parseConfig,
  parseManifest,
  parseManifestOrIndex,
  parseReference,
  canonical,
  withDefaultTag,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  type Platform,
  type Reference,
} from '@wharf/oci';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { ContentStore } from '../content/content.js';
import type { State } from '../state/state.js';
import type { Flights } from '../concurrency/flights.js';
import type { Claim, Claims } from './claims.js';
import type { Downloads } from './download.js';
import type { RegistryAuth, RegistryPort, ResolvedDescriptor } from './ports.js';
import { claimedDigests, layerSource, nameTarget } from './install.js';
import { ProgressQueue, type ProgressHub } from './progress.js';
import type { ImageRecords } from './records.js';

export interface PullDependencies {
  readonly registry: RegistryPort;
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly records: ImageRecords;
  readonly state: State;
  readonly downloads: Downloads;
  readonly hub: ProgressHub;
  /** Manifests, indexes and configs on their way in, by digest. */
  readonly fetches: Flights<Uint8Array>;
  readonly claims: Claims;
}

export interface PullRequest {
  readonly reference: string;
  readonly platform: Platform;
  readonly credentials?: RegistryCredentials;
}

interface Plan {
  readonly reference: Reference;
  readonly target: ResolvedDescriptor;
  readonly descriptor: ResolvedDescriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** Progress as it comes, the result last. Leaving the loop cancels; verified bytes stay under a lease for the next try. */
export async function* pullImage(
  deps: PullDependencies,
  request: PullRequest,
  { signal }: CallOptions,
): AsyncIterable<PullFrame> {
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  const queue = new ProgressQueue();
  const work = pull(deps, request, queue, both).finally(() => queue.end());
  work.catch(() => undefined);
  try {
    for await (const progress of queue.read(both)) yield { kind: 'progress', progress };
    yield { kind: 'done', result: await work };
  } finally {
    left.abort(new WharfError('cancelled', 'the pull was left'));
    await work.catch(() => undefined);
  }
}

async function pull(
  deps: PullDependencies,
  request: PullRequest,
  queue: ProgressQueue,
  signal: AbortSignal,
): Promise<PullResult> {
  const auth = request.credentials;
  const options = { signal, ...(auth === undefined ? {} : { auth }) };
  const reference = withDefaultTag(parseReference(request.reference));
  queue.push({ id: familiar(reference), phase: 'resolving', current: 0, total: 0 });
  const target = await deps.registry.resolve(reference, options);
  const { platform } = request;
  const name = `${canonicalName(reference)}@${target.digest} ${formatPlatform(platform)}`;
  using claim = deps.claims.open(`pull ${name}`);
  const plan = await resolvePlan({ ...deps, claim }, { reference, target, platform }, options);
  await claim.hold([target.digest, ...claimedDigests(plan)], options);
  const known = deps.records.holders(plan.descriptor.digest)[0];
  await fetchLayers(deps, plan, queue, options);
  nameImage(deps, plan);
  claim.fulfil();
  return {
    digest: plan.target.digest,
    imageId: plan.manifest.config.digest,
    reference: canonical(reference),
    upToDate: known !== undefined,
  };
}

type DocumentDependencies = Pick<PullDependencies, 'content' | 'registry' | 'fetches'> & {
  readonly claim: Claim;
};

async function resolvePlan(
  deps: DocumentDependencies,
  { reference, target, platform }: Pick<Plan, 'reference' | 'target'> & { platform: Platform },
  options: { signal: AbortSignal; auth?: RegistryAuth },
): Promise<Plan> {
  const bytes = await document(deps, reference, target, 'manifest', options);
  const parsed = parseManifestOrIndex(bytes, { descriptorType: target.mediaType });
  const descriptor = parsed.kind === 'index' ? chooseForPlatform(parsed, platform) : target;
  const manifest =
    parsed.kind === 'index'
      ? parseManifest(await document(deps, reference, descriptor, 'manifest', options), {
          descriptorType: descriptor.mediaType,
        })
      : parsed;
  if (!isImageManifest(manifest)) {
    throw new WharfError(
      'unimplemented',
      `${familiar(reference)} is not a container image: its config has type ${manifest.config.mediaType}`,
    );
  }
  const config = parseConfig(await document(deps, reference, manifest.config, 'blob', options));
  checkLayerCount(manifest, config);
  return { reference, target, descriptor, manifest, config };
}

async function document(
  deps: DocumentDependencies,
  reference: Reference,
  descriptor: ResolvedDescriptor,
  kind: 'manifest' | 'blob',
  options: { signal: AbortSignal; auth?: RegistryAuth },
): Promise<Uint8Array> {
  const { content, registry } = deps;
  await deps.claim.hold([descriptor.digest], options);
  return deps.fetches.join(descriptor.digest, options, async (signal) => {
    if ((await content.find(descriptor.digest)) === descriptor.size) {
      return content.read(descriptor.digest, descriptor.size);
    }
    const bytes = await registry.fetchDocument(reference, descriptor, kind, { ...options, signal });
    const ingest = await content.begin(descriptor, { signal });
    try {
      await ingest.write(bytes.subarray(ingest.offset));
      await ingest.commit();
    } finally {
      await ingest.close();
    }
    return bytes;
  });
}

/** Downloads run side by side; each layer is unpacked as soon as it and all below it are there. */
async function fetchLayers(
  deps: PullDependencies,
  plan: Plan,
  queue: ProgressQueue,
  options: { signal: AbortSignal; auth?: RegistryAuth },
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const stops = plan.manifest.layers.map((layer) =>
    deps.hub.listen(layer.digest, (p) => queue.push(p)),
  );
  try {
    const downloads = plan.manifest.layers.map((layer) =>
      deps.downloads.blob(plan.reference, layer, { ...options, signal }),
    );
    for (const download of downloads)
      download.catch((error: unknown) => failed.abort(toWharfError(error)));
    let parent: Digest | undefined;
    for (const [index, layer] of plan.manifest.layers.entries()) {
      const fetched = await orFirstFailure(downloads[index], failed.signal);
      const done = await unpackLayer(deps, plan, layer, index, parent, queue, signal);
      queue.push({
        id: layer.digest,
        phase: done || fetched === 'fetched' ? 'done' : 'exists',
        current: layer.size,
        total: layer.size,
      });
      parent = chainIds(plan.config.diffIds.slice(0, index + 1), hashBytes).at(-1);
    }
  } finally {
    for (const stop of stops) stop();
  }
}

async function orFirstFailure<T>(
  promise: Promise<T> | undefined,
  failed: AbortSignal,
): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    throw failed.aborted ? failed.reason : error;
  }
}

async function unpackLayer(
  deps: PullDependencies,
  plan: Plan,
  layer: Descriptor,
  index: number,
  parent: Digest | undefined,
  queue: ProgressQueue,
  signal: AbortSignal,
): Promise<boolean> {
  const chainId = chainIds(plan.config.diffIds.slice(0, index + 1), hashBytes).at(-1) as Digest;
  if (deps.layers.find(chainId) !== undefined) return false;
  queue.push({ id: layer.digest, phase: 'unpacking', current: 0, total: layer.size });
  await deps.layers.commit(parent, layerSource(deps.content, plan, index), { signal });
  return true;
}

function nameImage(deps: PullDependencies, plan: Plan): void {
  const { reference, target } = plan;
  nameTarget(deps, {
    target,
    manifests: [plan],
    names: reference.digest === undefined ? [canonical(reference)] : [],
    digests: [{ repository: canonicalName(reference), target: target.digest }],
    event: {
      action: 'pull',
      actorId: familiar(reference),
      attributes: { name: familiar(reference) },
    },
  });
}
