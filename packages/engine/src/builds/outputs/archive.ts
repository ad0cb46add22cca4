import type { Reference } from '@wharf/oci';
import {
  dockerManifest,
  indexDocument,
  layoutDocument,
  type SavedImage,
} from '../../images/save/documents.js';
import { writeArchive } from '../../images/save/write.js';
import type { Selection } from '../../images/select.js';
import { blobsOf } from '../../images/tree.js';
import type { ExportContext } from '../outputs.js';
import type { OutputDependencies } from './dependencies.js';

/** An OCI layout as a tar; for docker with the document by which its older engines load it. */
export async function* archiveOf(
  deps: OutputDependencies,
  kind: 'oci' | 'docker',
  { selection, names }: { readonly selection: Selection; readonly names: readonly Reference[] },
  context: ExportContext,
): AsyncGenerator<Uint8Array> {
  const saved: readonly SavedImage[] = [{ selection, names }];
  const documents = new Map([
    ['index.json', indexDocument(saved)],
    ['oci-layout', layoutDocument],
    ...(kind === 'docker' ? ([['manifest.json', dockerManifest(saved)]] as const) : []),
  ]);
  const { indexes, manifests } = selection;
  const all = blobsOf({ indexes, present: manifests });
  const here = await Promise.all(all.map(({ digest }) => deps.content.find(digest)));
  const blobs = all.filter((_, index) => here[index] !== undefined);
  yield* writeArchive(deps, { documents, blobs }, context);
}
