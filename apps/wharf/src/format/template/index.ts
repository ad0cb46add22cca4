import { dockerFunctions } from './docker.js';
import { evaluate } from './evaluate.js';
import { builtinFunctions, type FunctionTable } from './functions.js';
import { parse } from './parse.js';
import { defaultLimits, type Limits } from './state.js';

export { CallError } from './call-error.js';
export { headerFunctions } from './docker.js';
export { TemplateError } from './failure.js';
export type { FunctionTable, TemplateFunction } from './functions.js';
export { goJson } from './json.js';
export { struct, withHidden } from './value.js';

export interface TemplateOptions {
  /** Functions beside Go's and docker's, or in place of them. */
  readonly functions?: FunctionTable;
  /** `error` refuses a key that a map lacks (as docker inspect does); else it prints `<no value>`. */
  readonly missingKey?: 'default' | 'error';
  /** Applied to the text that each action prints, not to the template's own text. */
  readonly clean?: (text: string) => string;
  readonly limits?: Partial<Limits>;
}

/** A parsed template. */
export interface Template {
  /** The output for that data. @throws TemplateError with docker's words and the place. */
  execute(data: unknown): string;
}

/**
 * Parses a `--format` template in Go's text/template language with docker's functions. Data are
 * plain values: objects and `Map`s are maps, objects marked by `struct` are Go structs.
 * @throws TemplateError when the text does not parse.
 */
export function compile(text: string, options: TemplateOptions = {}): Template {
  const functions = { ...builtinFunctions(), ...dockerFunctions(), ...options.functions };
  const trees = parse(text, new Set(Object.keys(functions)));
  const { missingKey = 'default', clean = (printed: string) => printed } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const execution = { text, name: '', trees, functions, missingKey, limits, clean };
  return { execute: (data) => evaluate(execution, data) };
}
