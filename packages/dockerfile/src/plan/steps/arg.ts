import type { ArgDeclaration, ArgInstruction } from '../../instruction/pairs.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';

/**
 * Declares arguments one after the other. A value comes from the build arguments, else from the default, else from the
 * arguments before the first FROM; without any the argument is declared and not set.
 * @param globals the arguments before the first FROM and those of the platforms
 */
export function evaluateArg(
  at: ArgInstruction,
  draft: Draft,
  evaluation: Evaluation,
  globals: ReadonlyMap<string, string | undefined>,
): Effect {
  const entries = at.args.map((declaration) => {
    const name = declaration.name.text;
    const value = valueOf(declaration, at, draft, evaluation) ?? globals.get(name);
    draft.scope.declare(name, value);
    return value === undefined ? name : `${name}=${value}`;
  });
  return { history: `ARG ${entries.join(' ')}` };
}

function valueOf(
  { name, value }: ArgDeclaration,
  at: ArgInstruction,
  draft: Draft,
  evaluation: Evaluation,
): string | undefined {
  const given = evaluation.options.buildArgs?.get(name.text);
  if (given !== undefined) return given;
  return value === undefined ? undefined : evaluation.expand(draft, value, at);
}
