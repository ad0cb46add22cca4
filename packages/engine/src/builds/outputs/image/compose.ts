import type { BuildSpec, ImageRuntimeConfig } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import {
  makeImageIndex,
  makeManifest,
  maxLayers,
  mediaTypes,
  serialiseConfig,
  serialiseImageIndex,
  serialiseManifest,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type IndexEntry,
  type LayerCompression,
} from '@wharf/oci';
import type { InstallableManifest } from '../../../images/install.js';
import { layersOf } from '../../ops/layer.js';
import type { ExportContext, SolvedPlan } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';
import { sortAnnotations, type SortedAnnotations } from './annotations.js';
import { imageHistory } from './history.js';
import { basesOf, layerBlobs } from './layers.js';
import type { MadeImage, MadePlatform } from './made.js';
import { putDocument } from './put.js';

/**
 * Puts the blobs and documents of what was solved into the store: an image, or with several platforms or
 * annotations for it an index. The same results give the same digests.
 * @throws FailedPreconditionError when it would have too many layers
 */
export async function composeImages(
  deps: OutputDependencies,
  compression: LayerCompression,
  context: ExportContext,
): Promise<MadeImage> {
  const annotations = sortAnnotations(context.spec.annotations);
  const platforms: MadePlatform[] = [];
  const entries: IndexEntry[] = [];
  for (const solved of context.solved) {
    const made = await composePlatform(deps, solved, { compression, annotations, context });
    platforms.push(made);
    entries.push({ ...made.descriptor, platform: made.config.platform });
  }
  const [first] = platforms;
  const needsIndex = platforms.length !== 1 || Object.keys(annotations.index).length > 0;
  if (first !== undefined && !needsIndex)
    return { target: first.descriptor, platforms, entries: [] };
  const index = makeImageIndex(entries, orNone(annotations.index));
  const target = await putDocument(deps, serialiseImageIndex(index), index.mediaType, context);
  return { target, platforms, entries };
}

interface Composing {
  readonly compression: LayerCompression;
  readonly annotations: SortedAnnotations;
  readonly context: ExportContext;
}

async function composePlatform(
  deps: OutputDependencies,
  solved: SolvedPlan,
  { compression, annotations, context }: Composing,
): Promise<MadePlatform> {
  const { plan, result } = solved;
  const diffIds = await layersOf(deps, result(plan.target.result), context);
  checkLayers(diffIds);
  const found = await baseOf(deps, solved, context);
  const blobs = await layerBlobs(deps, diffIds, found, { compression, context });
  const baseLayers = basesOf(diffIds, found).length;
  const config: ImageConfig = {
    platform: plan.target.platform,
    created: context.createdAt.toISOString(),
    author: plan.target.author,
    config: withLabels(plan.target.config, context.spec),
    diffIds,
    history: imageHistory({
      plan,
      result: (id) => result(id),
      base: found?.config.history ?? [],
      baseLayers,
      layers: diffIds.length,
      createdAt: context.createdAt,
    }),
  };
  return putPlatform(deps, config, blobs, { annotations, context });
}

/** Of an image that was removed since its layers were built upon, the blobs are pulled again. */
async function baseOf(
  deps: OutputDependencies,
  { base, plan: { target } }: SolvedPlan,
  { signal, spec, report, hold }: ExportContext,
): Promise<InstallableManifest | undefined> {
  const { reference, digest } = base ?? {};
  if (reference === undefined || digest === undefined) return undefined;
  return deps.baseLayers.obtain(
    { reference, platform: target.platform, digest, pinned: true },
    {
      signal,
      credentials: spec.credentials,
      hold,
      onProgress: (name, current, total) => report.progress(name, current, total, 'bytes'),
    },
  );
}

async function putPlatform(
  deps: OutputDependencies,
  config: ImageConfig,
  layers: readonly Descriptor[],
  { annotations, context }: Omit<Composing, 'compression'>,
): Promise<MadePlatform> {
  const configBlob = await putDocument(
    deps,
    serialiseConfig(config),
    mediaTypes.ociConfig,
    context,
  );
  const manifest = makeManifest(configBlob, layers, orNone(annotations.manifest));
  const descriptor = await putDocument(
    deps,
    serialiseManifest(manifest),
    manifest.mediaType,
    context,
  );
  return { descriptor, manifest, config, imageId: configBlob.digest };
}

/** `--label` wins over the Dockerfile. */
function withLabels(config: ImageRuntimeConfig, { labels }: BuildSpec): ImageRuntimeConfig {
  if (labels.size === 0) return config;
  const all = new Map([...Object.entries(config.labels), ...labels]);
  return { ...config, labels: Object.fromEntries(all) };
}

function checkLayers(diffIds: readonly Digest[]): void {
  if (diffIds.length <= maxLayers) return;
  throw new FailedPreconditionError(
    `max depth exceeded: the image would have ${diffIds.length} layers, the limit is ${maxLayers}`,
  );
}

function orNone(
  annotations: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  return Object.keys(annotations).length === 0 ? undefined : annotations;
}
