import type { Op } from '@wharf/dockerfile';
import type { Digest, LayerCompression } from '@wharf/oci';
import type { ExportContext, SolvedPlan } from '../outputs.js';
import { exportMounts, type ExportMountDependencies } from './export-mounts.js';
import { stackBlobs, type ExportLayerDependencies } from './export-layers.js';
import { maxCacheRecords, type CacheTransfer, type TransferRecord } from './format.js';

export type CollectDependencies = ExportLayerDependencies & ExportMountDependencies;

/**
 * What a cache has of a build: records of all of its steps, and with `max` the layers of all of them and their cache mounts, with `min`
 * those that the results consist of.
 */
export async function collectCache(
  deps: CollectDependencies,
  mode: 'min' | 'max',
  context: ExportContext,
): Promise<CacheTransfer> {
  const { solved } = context;
  const records = recordsOf(solved);
  const results = mode === 'max' ? records.map(({ result }) => result) : solved.map(targetOf);
  const layers = await stackBlobs(deps, {
    stacks: results.flatMap((result) => (result.kind === 'layers' ? [result.diffIds] : [])),
    bases: basesOf(records),
    compression: compressionOf(context),
    context,
  });
  const carried = new Set<Digest>(
    results.flatMap((result) => (result.kind === 'layers' ? result.diffIds : [])),
  );
  return {
    records,
    layers: new Map([...layers].filter(([diffId]) => carried.has(diffId))),
    mounts: mode === 'max' ? await exportMounts(deps, solved, context) : [],
  };
}

/** Of all platforms, each key once. */
export function recordsOf(solved: readonly SolvedPlan[]): readonly TransferRecord[] {
  const found = new Map<string, TransferRecord>();
  for (const { plan, step, result } of solved) {
    for (const op of plan.ops) {
      const told = step?.(op.id);
      if (told !== undefined && !found.has(told.key) && found.size < maxCacheRecords)
        found.set(told.key, {
          ...told,
          kind: kindOf(op, result(op.id).kind),
          result: result(op.id),
        });
    }
  }
  return [...found.values()];
}

function targetOf({ plan, result }: SolvedPlan) {
  return result(plan.target.result);
}

function kindOf(op: Op, kind: 'layers' | 'tree'): TransferRecord['kind'] {
  return kind === 'tree' ? 'tree' : op.kind === 'image' ? 'image' : 'layer';
}

/** Digests of manifests: the key of an image operation is made of one. */
function basesOf(records: readonly TransferRecord[]): readonly string[] {
  return records.flatMap(({ kind, inputs }) =>
    kind === 'image'
      ? (inputs?.inputs ?? []).filter((one) => one.kind === 'image').map(({ value }) => value)
      : [],
  );
}

/** As the image has it, so that both share their blobs. */
function compressionOf({ spec }: ExportContext): LayerCompression {
  return spec.outputs.find((output) => output.kind !== 'files')?.compression ?? 'gzip';
}
