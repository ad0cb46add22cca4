import type { LayerCompression } from '@wharf/oci';
import type { Claim } from '../../../images/claims.js';
import { recompressSelection } from '../../../images/recompress.js';
import type { Selection } from '../../../images/select.js';
import { readTree } from '../../../images/tree.js';
import type { ExportContext } from '../../outputs.js';
import type { OutputDependencies } from '../dependencies.js';
import type { MadeImage } from './made.js';

/** All of an image as transfers take it; with `force` the layers of its base are compressed as the others. */
export async function selectMade(
  deps: OutputDependencies,
  { target }: MadeImage,
  compression: LayerCompression,
  { force, context }: { readonly force: boolean; readonly context: ExportContext },
): Promise<Selection> {
  const { indexes, present } = await readTree(deps, target);
  const selection: Selection = { target, indexes, manifests: present, whole: true };
  if (!force) return selection;
  const { signal } = context;
  const changed = await recompressSelection(deps, claimOf(context), selection, {
    signal,
    compression,
    force,
  });
  if (changed.made === undefined) return changed;
  await context.hold([changed.target.digest]);
  await deps.content.put(changed.made, { signal });
  const { made: _, ...stored } = changed;
  return stored;
}

/** The build's own hold in the shape of a claim; it ends with the build. */
function claimOf(context: ExportContext): Claim {
  return {
    hold: (digests) => context.hold(digests),
    fulfil: () => undefined,
    abandon: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
