import { NotFoundError, type CallOptions, type Images, type PullProgress } from '@wharf/core';
import { imageKey, type BaseImage } from '@wharf/dockerfile';
import {
  canonical,
  canonicalName,
  chainId,
  formatPlatform,
  parseDigest,
  parseReference,
  withDefaultTag,
  withDigest,
  type Platform,
  type Reference,
} from '@wharf/oci';
import { Flights } from '../../concurrency/flights.js';
import { findImage, getImage, ofPlatform } from '../../images/lookup.js';
import { claimedDigests, type InstallableManifest } from '../../images/install.js';
import { planPull } from '../../images/plan.js';
import type { TransferDependencies } from '../../images/transfers.js';
import { hashBytes } from '../../layers/layers.js';
import type { BaseImages, ResolveBaseOptions } from '../base-images.js';
import { refuseMoved } from '../lock/moved.js';
import type { BaseLayers, BaseRequest, ObtainOptions } from './base-layers.js';

export interface BaseImageDependencies extends Pick<
  TransferDependencies,
  'registry' | 'content' | 'records' | 'documents' | 'claims' | 'layers'
> {
  readonly pull: Images['pull'];
}

/** Also as a reference is written in full, of which the id looks like a tag. */
const wholeId = /^(?:docker\.io\/library\/)?(sha256:[0-9a-f]{64})$/;

type Found = BaseImage & { readonly digest: string };

/** Base images out of the store of images, and by its pulls. Nothing is believed of their histories (B-12). */
export function createBaseImages(deps: BaseImageDependencies): BaseImages & BaseLayers {
  const fetches = new Flights<Uint8Array>();
  return {
    async resolve(reference, platform, options) {
      const { pins } = options;
      const id = wholeId.exec(reference)?.[1];
      if (id !== undefined) return byId(deps, id, platform);
      const name = withDefaultTag(parseReference(reference));
      const key = imageKey(reference, platform);
      const pin = name.digest === undefined ? pins.find('image', key) : undefined;
      if (pin !== undefined) {
        const pinned = { kind: 'image', name: key, pin } as const;
        const today = ({ signal }: CallOptions): Promise<string | undefined> =>
          digestToday({ ...deps, fetches }, name, platform, { ...options, signal });
        await refuseMoved(pins, pinned, today, options);
      }
      const wanted = pin === undefined ? name : withDigest(name, parseDigest(pin));
      const mayBeHere = !options.pull || wanted.digest !== undefined;
      const found =
        (mayBeHere ? await findHere(deps, wanted, platform) : undefined) ??
        (await askRegistry({ ...deps, fetches }, wanted, platform, options));
      if (name.digest === undefined) pins.note('image', key, found.digest);
      return found;
    },
    async obtain(request, options) {
      const here = await findWhole(deps, request.digest, options.hold);
      if (here !== undefined) return here;
      for (const reference of namesToPull(request)) {
        await pull(deps, reference, request.platform, options);
        const pulled = await findWhole(deps, request.digest, options.hold);
        if (pulled !== undefined) return pulled;
      }
      throw new NotFoundError('image', `${request.reference}@${request.digest}`);
    },
    async diffIds(digest) {
      try {
        const { document } = await deps.documents.manifest(parseDigest(digest));
        return (await deps.documents.config(document.config.digest)).diffIds;
      } catch {
        return undefined;
      }
    },
  };
}

/** An image that was given by its id is here or nowhere. */
async function byId(
  { records, documents }: BaseImageDependencies,
  id: string,
  platform: Platform,
): Promise<Found> {
  const { manifest } = getImage(records, id, formatPlatform(platform));
  const { config, platform: actual } = await documents.config(manifest.configDigest);
  return { config, platform: actual, digest: manifest.digest };
}

async function findHere(
  { records, documents }: BaseImageDependencies,
  name: Reference,
  platform: Platform,
): Promise<Found | undefined> {
  const pinned = name.digest === undefined ? undefined : records.manifest(name.digest);
  const manifest =
    pinned === undefined
      ? findImage(records, canonical(name), formatPlatform(platform))?.manifest
      : ofPlatform([pinned], platform);
  if (manifest === undefined) return undefined;
  const { config, platform: actual } = await documents.config(manifest.configDigest);
  return { config, platform: actual, digest: manifest.digest };
}

/** Of its registry, or of the store for what is only here. */
async function digestToday(
  deps: BaseImageDependencies & { readonly fetches: Flights<Uint8Array> },
  name: Reference,
  platform: Platform,
  options: ResolveBaseOptions,
): Promise<string | undefined> {
  try {
    return (await askRegistry(deps, name, platform, options)).digest;
  } catch (error) {
    const here = await findHere(deps, name, platform);
    if (here === undefined) throw error;
    return here.digest;
  }
}

/** Document and config; a pull within the day finds them here. */
async function askRegistry(
  deps: BaseImageDependencies & { readonly fetches: Flights<Uint8Array> },
  reference: Reference,
  wanted: Platform,
  { signal, credentials }: ResolveBaseOptions,
): Promise<Found> {
  const auth = credentials.get(reference.domain);
  const options = { signal, ...(auth === undefined ? {} : { auth }) };
  const target = await deps.registry.resolve(reference, options);
  using claim = deps.claims.open(
    `pull ${canonicalName(reference)}@${target.digest} ${formatPlatform(wanted)}`,
  );
  const plan = await planPull(deps, claim, { reference, target, wanted }, options);
  const [image] = plan.images;
  if (image === undefined) throw new NotFoundError('image', canonical(reference));
  const { config, platform } = image.config;
  return { config, platform, digest: image.descriptor.digest };
}

/** Looks, holds, and looks again (R22). */
async function findWhole(
  { records, documents, layers }: BaseImageDependencies,
  digest: string,
  hold: ObtainOptions['hold'],
): Promise<InstallableManifest | undefined> {
  const look = async (): Promise<InstallableManifest | undefined> => {
    const record = records.manifest(digest);
    if (record?.unpacked !== true) return undefined;
    const { document: manifest, size } = await documents.manifest(record.digest);
    const config = await documents.config(record.configDigest);
    const top = chainId(config.diffIds, hashBytes);
    if (top !== undefined && layers.find(top) === undefined) return undefined;
    const descriptor = { mediaType: record.mediaType, digest: record.digest, size };
    return { descriptor, manifest, config };
  };
  const seen = await look();
  if (seen === undefined) return undefined;
  await hold(claimedDigests(seen));
  return look();
}

/** By the name first, so that it is known here too; by its digest when the name has moved on meanwhile. */
function namesToPull({ reference, digest, pinned }: BaseRequest): readonly string[] {
  const name = withDefaultTag(parseReference(reference));
  const exact = canonical(withDigest(name, parseDigest(digest)));
  return pinned || name.digest !== undefined ? [exact] : [canonical(name), exact];
}

async function pull(
  deps: BaseImageDependencies,
  reference: string,
  platform: Platform,
  { signal, credentials, onProgress }: ObtainOptions,
): Promise<void> {
  const auth = credentials.get(parseReference(reference).domain);
  const frames = deps.pull(reference, {
    signal,
    platform: formatPlatform(platform),
    ...(auth === undefined ? {} : { credentials: auth }),
  });
  const extracted = new Set<string>();
  for await (const frame of frames)
    if (frame.kind === 'progress') tell(frame.progress, extracted, onProgress);
}

function tell(
  { id, phase, current, total }: PullProgress,
  extracted: Set<string>,
  onProgress: ObtainOptions['onProgress'],
): void {
  const extracting = `extracting ${id}`;
  if (phase === 'downloading') onProgress(id, current, total);
  if (phase === 'unpacking') {
    extracted.add(id);
    onProgress(extracting, current, total);
  }
  if (phase !== 'done' && phase !== 'exists') return;
  onProgress(id, total, total);
  if (extracted.has(id)) onProgress(extracting, total, total);
}
