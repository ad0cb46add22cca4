import type { Descriptor, Digest } from '@wharf/oci';
import { mediaTypes } from '@wharf/oci';
import { subjectAnnotation, typeAnnotation } from '../../images/platforms.js';
import type { Attestation, OutputDependencies } from '../outputs/dependencies.js';
import type { MadePlatform } from '../outputs/image/made.js';
import type { ExportContext, SolvedPlan } from '../outputs.js';
import { composeCache } from './compose.js';
import { recordsOf } from './collect.js';
import { cacheAnnotation } from './format.js';

/**
 * `--cache-to type=inline`: the records of the build beside the image in its index, with the layers of the image itself. Registries and
 * other engines take it for an attestation of the image, which they carry with it.
 */
export async function inlineCache(
  deps: Pick<OutputDependencies, 'content'>,
  { descriptor, manifest, config }: MadePlatform,
  solved: SolvedPlan,
  context: ExportContext,
): Promise<readonly Attestation[]> {
  if (!context.spec.cacheTo.some(({ kind }) => kind === 'inline')) return [];
  const layers = new Map<Digest, Descriptor>();
  for (const [at, diffId] of config.diffIds.entries()) {
    const layer = manifest.layers[at];
    if (layer !== undefined) layers.set(diffId, layer);
  }
  const cache = { records: recordsOf([solved]), layers, mounts: [] };
  const { manifest: bytes } = await composeCache(deps, cache, context);
  return [
    {
      mediaType: mediaTypes.ociManifest,
      bytes,
      annotations: {
        [cacheAnnotation]: '1',
        [subjectAnnotation]: descriptor.digest,
        [typeAnnotation]: 'attestation-manifest',
      },
    },
  ];
}
