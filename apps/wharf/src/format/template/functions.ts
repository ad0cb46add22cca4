import { compareValues, equal } from './compare.js';
import { escapeHtml, escapeJs, escapeQuery } from './escape.js';
import { index, length, slice } from './collections.js';
import { sprint, sprintf, sprintln } from './printf.js';
import { isTrue } from './value.js';

/** What a function wants of an argument; `any` takes everything, missing values as nil. */
export type Parameter = 'any' | 'string' | 'int' | 'list';

/** A function that templates may call. It may throw `CallError` with Go's words. */
export interface TemplateFunction {
  readonly parameters: readonly Parameter[];
  /** When set, any number of further arguments of this type follow. */
  readonly rest?: Parameter;
  readonly call: (...args: never[]) => unknown;
}

export type FunctionTable = Readonly<Record<string, TemplateFunction>>;

function text(...args: unknown[]): string {
  return args.length === 1 && typeof args[0] === 'string' ? args[0] : sprint(args);
}

function ordered(test: (order: number) => boolean): TemplateFunction {
  return {
    parameters: ['any', 'any'],
    call: (left: unknown, right: unknown) => test(compareValues(left, right)),
  };
}

/** The functions of Go's text/template, but `call`; `and` and `or` are evaluated by the evaluator. */
export function builtinFunctions(): FunctionTable {
  return {
    and: { parameters: ['any'], rest: 'any', call: (value: unknown) => value },
    or: { parameters: ['any'], rest: 'any', call: (value: unknown) => value },
    not: { parameters: ['any'], call: (value: unknown) => !isTrue(value) },
    eq: { parameters: ['any'], rest: 'any', call: equal },
    ne: { parameters: ['any', 'any'], call: (a: unknown, b: unknown) => !equal(a, b) },
    lt: ordered((order) => order < 0),
    le: ordered((order) => order <= 0),
    gt: ordered((order) => order > 0),
    ge: ordered((order) => order >= 0),
    len: { parameters: ['any'], call: length },
    index: { parameters: ['any'], rest: 'any', call: index },
    slice: { parameters: ['any'], rest: 'any', call: slice },
    print: { parameters: [], rest: 'any', call: (...args: unknown[]) => sprint(args) },
    println: { parameters: [], rest: 'any', call: (...args: unknown[]) => sprintln(args) },
    printf: {
      parameters: ['string'],
      rest: 'any',
      call: (format: string, ...args: unknown[]) => sprintf(format, args),
    },
    html: { parameters: [], rest: 'any', call: (...args: unknown[]) => escapeHtml(text(...args)) },
    js: { parameters: [], rest: 'any', call: (...args: unknown[]) => escapeJs(text(...args)) },
    urlquery: {
      parameters: [],
      rest: 'any',
      call: (...args: unknown[]) => escapeQuery(text(...args)),
    },
  };
}
