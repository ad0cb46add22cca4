import type { CacheInput } from '@wharf/core';
import type { CopyOp } from '@wharf/dockerfile';
import type { OpContext, OpExecutor } from '../executor.js';
import type { CopySource } from '../ports.js';
import { readInputs } from './contents.js';
import type { OpDependencies } from './dependencies.js';
import { input, said } from './inputs.js';
import { layersOf, makeLayer } from './layer.js';
import { identityOf, isWhole, sourceOf } from './results.js';

/** COPY and ADD. The key has the content of what is copied, whatever gave it. */
export function copyExecutor(deps: OpDependencies): OpExecutor<CopyOp> {
  return {
    async inputs(op, context) {
      return [
        input('operation', op.link ? 'copy --link' : 'copy'),
        ...op.items.map(itemInput),
        input('destination', op.destination),
        ...(await readInputs(deps, op, context)),
        input('base', identityOf(context.result(op.base))),
        ...said('owner', op.owner),
        ...said('mode', modeText(op)),
        ...op.exclude.map((pattern) => input('exclude', pattern)),
        input('epoch', String(context.epochSeconds)),
      ];
    },
    async execute(op, context) {
      const { signal } = context;
      const base = await layersOf(deps, context.result(op.base), context);
      const { destination, owner, mode, exclude } = op;
      const items = sources(deps, op, context);
      return makeLayer(deps, { base, independent: op.link }, context, (place) =>
        deps.files.copy(
          { place, items, destination, owner, exclude, ...(mode === undefined ? {} : { mode }) },
          { signal },
        ),
      );
    },
    isHere: (result, context) => isWhole(deps, result, context),
    reads: ({ items }) => items.map(({ input: id }) => id),
  };
}

function sources({ layers }: OpDependencies, { items }: CopyOp, context: OpContext): CopySource[] {
  return items.map(({ input: from, path, wildcards, keep, unpack }) => ({
    source: sourceOf(layers, context.result(from)),
    path,
    wildcards,
    unpack,
    ...(keep === undefined ? {} : { keep }),
  }));
}

function itemInput({ path, keep, unpack }: CopyOp['items'][number]): CacheInput {
  const how = [
    ...(keep === undefined ? [] : [`keeping ${keep}`]),
    ...(unpack ? ['unpacking archives'] : []),
  ];
  return input('path', [path, ...how].join(' '));
}

function modeText({ mode }: CopyOp): string {
  if (mode === undefined) return '';
  return mode.kind === 'bits' ? mode.bits.toString(8) : mode.changes;
}
