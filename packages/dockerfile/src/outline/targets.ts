import type { Dockerfile } from '../instruction/dockerfile.js';
import type { Range } from '../source/source.js';
import { describe } from './description.js';

/** A stage that can be built, for `build --call targets`. */
export interface Target {
  readonly index: number;
  readonly name?: string;
  readonly description?: string;
  /** What is built without --target. */
  readonly isDefault: boolean;
  /** As written. */
  readonly base: string;
  readonly platform?: string;
  readonly range: Range;
}

export function targets({ stages }: Dockerfile): readonly Target[] {
  return stages.map(({ index, name, from }) => {
    const description = describe(from.comments, from.name?.text);
    return Object.freeze({
      index,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      isDefault: index === stages.length - 1,
      base: from.image.text,
      ...(from.platform === undefined ? {} : { platform: from.platform.text }),
      range: from.range,
    });
  });
}
