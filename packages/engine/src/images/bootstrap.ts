import { mkdir, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { BootstrapFrame, CallOptions, PullResult } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import {
  canonical,
  digestOf,
  emptyRuntimeConfig,
  makeManifest,
  mediaTypes,
  parseReference,
  serialiseConfig,
  serialiseManifest,
  withDefaultTag,
  type Digest,
  type ImageConfig,
  type Platform,
} from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import type { BaseImageFacts, BaseImageSource } from '../layers/ports.js';
import { nameTarget, unpackManifest } from './install.js';
import { StepQueue } from './steps.js';
import type { PullDependencies } from './pull.js';

export interface BootstrapDependencies extends Omit<
  PullDependencies,
  'registry' | 'downloads' | 'fetches' | 'hub'
> {
  readonly source: BaseImageSource;
  /** A directory of ours for the tar on its way. */
  readonly temporary: string;
  readonly platform: Platform;
}

const kinds = ['busybox', 'debian'];

/** Makes a base image from what the host has; the same host files give the same digest. */
export async function* bootstrapImage(
  deps: BootstrapDependencies,
  kind: string,
  name: string,
  { signal }: CallOptions,
): AsyncIterable<BootstrapFrame> {
  if (!kinds.includes(kind))
    throw new InvalidArgumentError(`unknown base image "${kind}": busybox or debian`);
  const steps = new StepQueue();
  const work = make(deps, kind, name === '' ? `${kind}:latest` : name, signal, (message) =>
    steps.push(message),
  ).finally(() => steps.end());
  work.catch(() => undefined);
  for await (const message of steps.read(signal)) yield { kind: 'step', message };
  yield { kind: 'done', result: await work };
}

async function make(
  deps: BootstrapDependencies,
  kind: string,
  name: string,
  signal: AbortSignal,
  onStep: (message: string) => void,
): Promise<PullResult> {
  const reference = withDefaultTag(parseReference(name));
  await mkdir(deps.temporary, { recursive: true, mode: 0o700 });
  const tar = join(deps.temporary, `base-${kind}-${process.pid}.tar`);
  try {
    const facts = await deps.source.make(kind, tar, { signal, onStep });
    onStep('storing the layer');
    using claim = deps.claims.open(`bootstrap ${kind}`);
    const layer = await identify(tar, signal);
    await claim.hold([layer.digest], { signal });
    await storeLayer(deps, tar, layer, signal);
    const config = imageConfig(deps.platform, layer.digest, facts);
    const configBytes = serialiseConfig(config);
    const configBlob = { digest: hashBytes(configBytes), size: configBytes.byteLength };
    const manifest = makeManifest({ mediaType: mediaTypes.ociConfig, ...configBlob }, [
      { mediaType: mediaTypes.ociLayer, ...layer },
    ]);
    const manifestBytes = serialiseManifest(manifest);
    const manifestDigest = hashBytes(manifestBytes);
    await claim.hold([configBlob.digest, manifestDigest], { signal });
    for (const bytes of [configBytes, manifestBytes]) await deps.content.put(bytes, { signal });
    onStep('unpacking');
    const descriptor = {
      mediaType: manifest.mediaType,
      digest: manifestDigest,
      size: manifestBytes.byteLength,
    };
    const image = { descriptor, manifest, config };
    await unpackManifest(deps, image, { signal });
    nameTarget(deps, {
      target: descriptor,
      manifests: [image],
      names: [canonical(reference)],
      digests: [],
      event: {
        action: 'import',
        actorId: configBlob.digest,
        attributes: { name: canonical(reference) },
      },
    });
    claim.fulfil();
    return {
      digest: manifestDigest,
      imageId: configBlob.digest,
      reference: canonical(reference),
      upToDate: false,
    };
  } finally {
    await rm(tar, { force: true });
  }
}

interface LayerBlob {
  readonly digest: Digest;
  readonly size: number;
}

async function identify(tar: string, signal: AbortSignal): Promise<LayerBlob> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(tar, { highWaterMark: 1 << 20, signal }))
    hash.update(chunk as Uint8Array);
  return { digest: digestOf('sha256', hash.digest('hex')), size: (await stat(tar)).size };
}

async function storeLayer(
  deps: BootstrapDependencies,
  tar: string,
  blob: LayerBlob,
  signal: AbortSignal,
): Promise<void> {
  if ((await deps.content.find(blob.digest)) !== undefined) return;
  const ingest = await deps.content.begin(blob, { signal });
  try {
    const rest = createReadStream(tar, { start: ingest.offset, highWaterMark: 1 << 20, signal });
    for await (const chunk of rest) await ingest.write(chunk as Uint8Array);
    await ingest.commit();
  } finally {
    await ingest.close();
  }
}

function imageConfig(platform: Platform, diffId: Digest, facts: BaseImageFacts): ImageConfig {
  return {
    platform,
    created: '1970-01-01T00:00:00Z',
    author: '',
    config: { ...emptyRuntimeConfig(), env: facts.env, command: facts.command },
    diffIds: [diffId],
    history: [
      { createdAt: new Date(0), createdBy: facts.createdBy, comment: '', emptyLayer: false },
    ],
  };
}
