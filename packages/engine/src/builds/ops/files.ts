import type { FilesOp } from '@wharf/dockerfile';
import type { OpExecutor } from '../executor.js';
import type { OpDependencies } from './dependencies.js';
import { input, textDigest } from './inputs.js';
import { isWhole } from './results.js';

const mode = 0o644;

/** Texts of the Dockerfile as a tree. */
export function filesExecutor(deps: Pick<OpDependencies, 'trees' | 'layers'>): OpExecutor<FilesOp> {
  return {
    inputs: ({ files }) =>
      Promise.resolve([
        input('operation', 'files'),
        ...files.map(({ name, content }) => input('file', textDigest(content), name)),
      ]),
    async execute({ files }, { signal }) {
      const given = files.map(({ name, content }) => ({
        name,
        mode,
        content: Buffer.from(content),
      }));
      const { digest } = await deps.trees.importFiles(given, { signal });
      return { kind: 'tree', digest };
    },
    isHere: (result, context) => isWhole(deps, result, context),
  };
}
