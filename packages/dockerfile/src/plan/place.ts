import type { InstructionBase } from '../instruction/base.js';
import type { Place } from './plan-types.js';

export function placeOf({ source, range }: Pick<InstructionBase, 'source' | 'range'>): Place {
  return Object.freeze({ file: source.name, range });
}
