import { InternalError } from '@wharf/core';
import { makeImageIndex, serialiseImageIndex, type IndexEntry, type Platform } from '@wharf/oci';
import type { Selection } from '../../../images/select.js';
import { readTree } from '../../../images/tree.js';
import { inlineCache } from '../../cache-transfer/inline.js';
import type { ExportContext } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';
import type { MadePlatform } from './made.js';
import { putDocument } from './put.js';

/** What an attestation runs on, so that nobody takes it for an image. */
const nowhere: Platform = { os: 'unknown', architecture: 'unknown', variant: '' };

/**
 * An image with what is said of it beside it, in an index; as it was when nothing is said. The images in it keep their digests.
 * Called last: what is said names the manifest as it goes out.
 */
export async function attestMade(
  deps: OutputDependencies,
  selection: Selection,
  context: ExportContext,
): Promise<Selection> {
  const images: IndexEntry[] = [];
  const attestations: IndexEntry[] = [];
  for (const [at, { descriptor, manifest, config }] of selection.manifests.entries()) {
    const solved = context.solved[at];
    if (config === undefined || solved === undefined)
      throw new InternalError(`manifest ${descriptor.digest} of a build is of no platform`);
    const { mediaType, digest, size } = descriptor;
    const image = { mediaType, digest, size };
    images.push({ ...image, platform: config.platform });
    const made: MadePlatform = {
      ...{ descriptor: image, manifest, config },
      imageId: manifest.config.digest,
    };
    const said = [
      ...((await deps.attest?.(made, solved, context)) ?? []),
      ...(await inlineCache(deps, made, solved, context)),
    ];
    for (const { bytes, annotations, mediaType: type } of said)
      attestations.push({
        ...(await putDocument(deps, bytes, type, context)),
        platform: nowhere,
        annotations,
      });
  }
  if (attestations.length === 0) return selection;
  const root = selection.indexes.at(-1)?.index;
  const index = makeImageIndex([...images, ...attestations], root?.annotations);
  const bytes = serialiseImageIndex(index);
  const target = await putDocument(deps, bytes, index.mediaType, context);
  const { indexes, present } = await readTree(deps, target);
  return { target, indexes, manifests: present, whole: true };
}
