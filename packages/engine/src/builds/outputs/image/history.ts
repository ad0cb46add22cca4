import type { ImageHistoryEntry } from '@wharf/core';
import type { OpId, Plan, PlannedStage } from '@wharf/dockerfile';
import { maxHistory, maxProseLength } from '@wharf/oci';
import { shownInstruction } from '../../address.js';
import type { OpResult } from '../../executor.js';

export interface HistoryRequest {
  readonly plan: Plan;
  readonly result: (id: OpId) => OpResult;
  /** Of the base image; empty without one. */
  readonly base: readonly ImageHistoryEntry[];
  /** Layers of the base image that are below. */
  readonly baseLayers: number;
  /** All of the image. */
  readonly layers: number;
  readonly createdAt: Date;
}

/**
 * How the image came to be: its base's entries, then those of each stage from the base up. An instruction whose operation changed
 * nothing has no layer, whatever the plan expected; the entries with layers are as many as there are layers.
 */
export function imageHistory(request: HistoryRequest): readonly ImageHistoryEntry[] {
  const { plan, base, baseLayers, layers, createdAt } = request;
  const below = fillUp(base, baseLayers);
  const own = stagesOf(plan).flatMap((stage) => stageHistory(stage, request));
  const told = [...below, ...own].filter(({ emptyLayer }) => !emptyLayer).length;
  const untold = Array.from({ length: Math.max(0, layers - told) }, () => fromFiles(createdAt));
  return capped([...below, ...untold, ...own]);
}

/** From the lowest to the target. */
function stagesOf({ stages, target }: Plan): readonly PlannedStage[] {
  const byIndex = new Map(stages.map((stage) => [stage.index, stage]));
  const chain: PlannedStage[] = [];
  for (let stage: PlannedStage | undefined = target; stage !== undefined;) {
    chain.unshift(stage);
    stage = stage.parent === undefined ? undefined : byIndex.get(stage.parent);
  }
  return chain;
}

function stageHistory(
  { history, steps }: PlannedStage,
  { plan, result, createdAt }: HistoryRequest,
): readonly ImageHistoryEntry[] {
  const ops = steps.flatMap(({ op }) => op ?? []);
  let next = 0;
  return history.map(({ createdBy, comment, emptyLayer }) => {
    const op = emptyLayer ? undefined : ops[next++];
    return {
      createdAt,
      createdBy: shownInstruction(createdBy).slice(0, maxProseLength),
      comment,
      emptyLayer: op === undefined || !addsLayer(plan, op, result),
    };
  });
}

function addsLayer(plan: Plan, id: OpId, result: HistoryRequest['result']): boolean {
  const op = plan.ops[id];
  if (op === undefined || !('base' in op)) return false;
  const below = result(op.base);
  const above = result(id);
  if (above.kind === 'tree') return false;
  // On files the first layer has those files.
  return below.kind === 'tree'
    ? above.diffIds.length > 1
    : above.diffIds.length > below.diffIds.length;
}

/** Images need not tell of all their layers. */
function fillUp(base: readonly ImageHistoryEntry[], layers: number): readonly ImageHistoryEntry[] {
  const told = base.filter(({ emptyLayer }) => !emptyLayer).length;
  const unsaid: ImageHistoryEntry = { createdBy: '', comment: '', emptyLayer: false };
  return [...base, ...Array.from({ length: Math.max(0, layers - told) }, () => unsaid)];
}

function fromFiles(createdAt: Date): ImageHistoryEntry {
  return { createdAt, createdBy: 'FROM files', comment: '', emptyLayer: false };
}

/** Entries without a layer go first where there are too many. */
function capped(entries: readonly ImageHistoryEntry[]): readonly ImageHistoryEntry[] {
  let surplus = entries.length - maxHistory;
  return surplus <= 0 ? entries : entries.filter(({ emptyLayer }) => !emptyLayer || surplus-- <= 0);
}
