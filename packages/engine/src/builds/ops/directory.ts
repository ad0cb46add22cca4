import type { DirectoryOp } from '@wharf/dockerfile';
import type { OpExecutor } from '../executor.js';
import type { OpDependencies } from './dependencies.js';
import { input } from './inputs.js';
import { layersOf, makeLayer } from './layer.js';
import { identityOf, isWhole } from './results.js';

/** WORKDIR; a directory that is there already changes nothing. */
export function directoryExecutor(deps: OpDependencies): OpExecutor<DirectoryOp> {
  return {
    inputs: ({ base, path, user }, context) =>
      Promise.resolve([
        input('operation', 'directory'),
        input('path', path),
        input('base', identityOf(context.result(base))),
        input('user', user),
        input('epoch', String(context.epochSeconds)),
      ]),
    async execute({ base, path, user }, context) {
      const { signal } = context;
      const below = await layersOf(deps, context.result(base), context);
      return makeLayer(deps, { base: below }, context, (place) =>
        deps.files.makeDirectory({ place, path, owner: user }, { signal }),
      );
    },
    isHere: (result, context) => isWhole(deps, result, context),
  };
}
