import { WharfError, type BuildOutput } from '@wharf/core';
import { canonical, familiar, type LayerCompression, type Reference } from '@wharf/oci';
import { Semaphore } from '../../concurrency/semaphore.js';
import type { Selection } from '../../images/select.js';
import type { Exported, ExportContext, OutputFrame, Outputs } from '../outputs.js';
import { archiveOf } from './archive.js';
import type { OutputDependencies } from './dependencies.js';
import { filesOf } from './files.js';
import { attestMade } from './image/attest.js';
import { composeImages } from './image/compose.js';
import { nameImage, readNames } from './image/name.js';
import { pushMade } from './image/push.js';
import { selectMade } from './image/selection.js';

/** What a build gives, one output after the other in their order. */
export function createOutputs(deps: OutputDependencies): Outputs {
  const places = new Semaphore(deps.uploads);
  return { export: (context) => exportAll(deps, places, context) };
}

type ImageOutput = Exclude<BuildOutput, { readonly kind: 'files' }>;

/** An image in the way of compression that an output wants, and all names it got. */
interface Made {
  readonly selection: Selection;
  readonly names: Reference[];
}

async function* exportAll(
  deps: OutputDependencies,
  places: Semaphore,
  context: ExportContext,
): AsyncGenerator<OutputFrame, Exported, undefined> {
  const { outputs, cacheTo } = context.spec;
  if (cacheTo.length > 0 && deps.exportCache === undefined)
    throw new WharfError('unimplemented', 'this builder exports no cache: leave --cache-to out');
  const names = outputs.map((output) => (output.kind === 'files' ? [] : readNames(output.names)));
  const made = new Map<string, Made>();
  for (const [index, output] of outputs.entries()) {
    if (output.kind === 'files') {
      sayUnattested(context);
      yield* framed(index, filesOf(deps, context));
      continue;
    }
    const image = await makeOnce(deps, made, output, context);
    const own = names[index] ?? [];
    image.names.push(...own);
    if (output.kind === 'image') {
      if (output.store) {
        await nameImage(deps, image.selection, own, context);
        tell(context, image.selection, own);
      }
      if (output.push)
        await pushMade(deps, places, { selection: image.selection, names: own }, context);
    } else {
      const { selection } = image;
      yield* framed(index, archiveOf(deps, output.kind, { selection, names: own }, context));
    }
  }
  if (deps.exportCache !== undefined) yield* deps.exportCache(context, outputs.length);
  const [first] = made.values();
  return first === undefined ? { metadata: {} } : describe(first);
}

/** In docker's words, which scripts look for. */
function tell({ report }: ExportContext, made: Selection, names: readonly Reference[]): void {
  const line = (text: string): void => report.progress(text, 1, 1, 'pieces');
  const { digest, imageId } = identity(made);
  line(imageId === '' ? `writing index ${digest}` : `writing image ${imageId}`);
  for (const name of names) line(`naming to ${canonical(name)}`);
}

/** Files have no index in which something could be said of them (R24). */
function sayUnattested({ spec, report }: ExportContext): void {
  if (!spec.sbom && spec.provenance === 'none') return;
  const text =
    'files go without attestations: provenance is in --metadata-file, both are in images\n';
  report.log('stderr', Buffer.from(text));
}

/** Outputs that want the same layers share them. */
async function makeOnce(
  deps: OutputDependencies,
  made: Map<string, Made>,
  output: ImageOutput,
  context: ExportContext,
): Promise<Made> {
  const force = output.kind === 'image' && output.forceCompression;
  const key = `${output.compression} ${force}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const compression: LayerCompression = output.compression;
  const image = await composeImages(deps, compression, context);
  const chosen = await selectMade(deps, image, compression, { force, context });
  const selection = await attestMade(deps, chosen, context);
  const found: Made = { selection, names: [] };
  made.set(key, found);
  return found;
}

async function* framed(
  index: number,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<OutputFrame, void, undefined> {
  for await (const data of bytes) yield { kind: 'output', index, data, last: false };
  yield { kind: 'output', index, data: new Uint8Array(), last: true };
}

/** In the words of buildx's metadata file. */
function describe({ selection, names }: Made): Exported {
  const { target } = selection;
  const { imageId } = identity(selection);
  const shown = [...new Set(names.map(familiar))];
  const { mediaType, digest, size } = target;
  return {
    image: { digest, imageId, names: shown },
    metadata: {
      'containerimage.digest': digest,
      ...(imageId === '' ? {} : { 'containerimage.config.digest': imageId }),
      'containerimage.descriptor': { mediaType, digest, size },
      ...(shown.length === 0 ? {} : { 'image.name': shown.join(',') }),
    },
  };
}

function identity({ target, manifests }: Selection): { digest: string; imageId: string } {
  const images = manifests.filter(({ config }) => config !== undefined);
  const imageId = images.length === 1 ? (images[0]?.manifest.config.digest ?? '') : '';
  return { digest: target.digest, imageId };
}
