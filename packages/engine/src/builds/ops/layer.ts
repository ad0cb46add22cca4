import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chainIds, parseDigest, type Digest } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { PackedLayer } from '../../layers/ports.js';
import type { OpContext, OpResult } from '../executor.js';
import type { LayerPlace } from '../ports.js';
import type { StepEnd } from '../step-runner.js';
import type { OpDependencies } from './dependencies.js';
import { checkDepth } from './results.js';

export type LayerDependencies = Pick<OpDependencies, 'layers' | 'files' | 'scratch' | 'trees'>;

/** What a layer is made of. */
export interface LayerWork {
  /** Lowest first. */
  readonly base: readonly Digest[];
  /** It does not depend on what it lies on. */
  readonly independent?: boolean;
}

/** A place to write to, inside a directory of ours. */
export async function preparePlace(
  { layers }: Pick<LayerDependencies, 'layers'>,
  directory: string,
  { base, independent = false }: LayerWork,
): Promise<LayerPlace> {
  checkDepth(base);
  const place = {
    lower: independent ? [] : layers.directories(base),
    upper: join(directory, 'upper'),
    work: join(directory, 'work'),
  };
  await mkdir(place.upper, { mode: 0o755 });
  await mkdir(place.work, { mode: 0o700 });
  await takeAfter(place.lower[0], place.upper);
  return place;
}

/** The root of an overlay is as its upper directory is. */
async function takeAfter(lower: string | undefined, upper: string): Promise<void> {
  if (lower === undefined) return chmod(upper, 0o755);
  const { mode, uid, gid } = await stat(lower);
  const made = await stat(upper);
  if (made.uid !== uid || made.gid !== gid) await chown(upper, uid, gid);
  await chmod(upper, mode & 0o7777);
}

/** What making a layer needs of an operation's context. */
export type LayerContext = Pick<OpContext, 'signal' | 'epochSeconds' | 'hold' | 'report' | 'blobs'>;

/** What made it may still be at its end while the layer is sealed. */
type StepTraces = Pick<StepEnd, 'stubs'> & Partial<Pick<StepEnd, 'over'>>;

/** Makes a layer of what was written, and keeps it when that is `over`; the base as it was when nothing was. */
export async function finishLayer(
  { layers, files }: Pick<LayerDependencies, 'layers' | 'files'>,
  place: LayerPlace,
  { base, stubs, over }: Pick<LayerWork, 'base'> & StepTraces,
  context: LayerContext,
): Promise<OpResult> {
  const { signal, epochSeconds, blobs } = context;
  const { upper, lower } = place;
  const targetFile = join(dirname(upper), 'blob');
  const blob = blobs && { blob: { compression: blobs.compression, targetFile } };
  const sealed = await files.seal({ upper, lower, epochSeconds, stubs, ...blob }, { signal });
  await over;
  const { layer: packed } = sealed;
  tellLeftOut(packed, context);
  if (packed.entries === 0) return { kind: 'layers', diffIds: base };
  const diffIds = [...base, parseDigest(packed.diffId)];
  const chain = chainIds(diffIds, hashBytes);
  await context.hold(chain);
  const { size, opaqueRoot: opaque } = sealed;
  const made = { diffId: diffIds.at(-1) as Digest, directory: upper, size, opaque };
  await layers.adopt(chain.at(-2), made, { signal });
  const identity = { digest: parseDigest(packed.digest), size: packed.size };
  await blobs?.keep(targetFile, { diffId: made.diffId, ...identity });
  return { kind: 'layers', diffIds };
}

/** What no layer can hold is said (R24). */
function tellLeftOut(
  { leftOut: { sockets, reserved } }: PackedLayer,
  { report }: Pick<OpContext, 'report'>,
): void {
  const what = [
    ...(sockets > 0 ? [`${sockets} sockets`] : []),
    ...(reserved > 0 ? [`${reserved} files that are named .wh.*`] : []),
  ];
  if (what.length > 0)
    report.log('stderr', Buffer.from(`left out of the layer: ${what.join(', ')}\n`));
}

/** A layer of what `work` writes, in a directory that goes with it. */
export async function makeLayer(
  deps: LayerDependencies,
  what: LayerWork,
  context: LayerContext,
  work: (place: LayerPlace) => Promise<void>,
): Promise<OpResult> {
  await using scratch = await deps.scratch();
  const place = await preparePlace(deps, scratch.path, what);
  await work(place);
  return await finishLayer(deps, place, { ...what, stubs: [] }, context);
}

/** The layers of a result; of a tree (FROM of a named context) one that has its files. */
export async function layersOf(
  deps: LayerDependencies,
  result: OpResult,
  context: LayerContext,
): Promise<readonly Digest[]> {
  if (result.kind === 'layers') return result.diffIds;
  const source = { kind: 'tree', digest: result.digest } as const;
  const made = await makeLayer(deps, { base: [] }, context, (place) =>
    deps.files.copy(
      {
        place,
        items: [{ source, path: '/', wildcards: false, unpack: false }],
        destination: '/',
        owner: '',
        exclude: [],
      },
      context,
    ),
  );
  return made.kind === 'layers' ? made.diffIds : [];
}
