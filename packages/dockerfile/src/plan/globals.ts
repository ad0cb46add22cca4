import type { Dockerfile } from '../instruction/dockerfile.js';
import type { Evaluation } from './evaluation.js';
import { platformArguments } from './arguments.js';

export type Globals = ReadonlyMap<string, string | undefined>;

/**
 * The arguments before the first FROM with those of the platforms, evaluated in order.
 * @param given whether build arguments count; without them the defaults are seen
 */
export function evaluateGlobals(file: Dockerfile, evaluation: Evaluation, given = true): Globals {
  const { options } = evaluation;
  const globals = new Map<string, string | undefined>(platformArguments(options));
  for (const at of file.globalArgs) {
    for (const { name, value } of at.args) {
      const own = given ? options.buildArgs?.get(name.text) : undefined;
      const lookUp = (other: string): string | undefined => globals.get(other);
      const text = own ?? (value && evaluation.expandWith(value, at, lookUp).text);
      globals.set(name.text, text ?? globals.get(name.text));
    }
  }
  return globals;
}
