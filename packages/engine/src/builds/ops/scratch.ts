import type { ScratchOp } from '@wharf/dockerfile';
import type { OpExecutor } from '../executor.js';
import { input } from './inputs.js';

/** No layers at all. */
export const scratchExecutor: OpExecutor<ScratchOp> = {
  inputs: () => Promise.resolve([input('operation', 'scratch')]),
  execute: () => Promise.resolve({ kind: 'layers', diffIds: [] }),
  isHere: () => Promise.resolve(true),
};
