import { isWharfError } from '@wharf/core';
import { DockerfileError } from '../error.js';
import { Budget } from '../expand/budget.js';
import { expandContent, expandWord, type Expansion, type Lookup } from '../expand/expand.js';
import type { Instruction } from '../instruction/instruction.js';
import type { RuleName } from '../lint/finding.js';
import type { Range } from '../source/source.js';
import type { Word } from '../source/text.js';
import { suggest } from '../suggest.js';
import type { Draft } from './draft.js';
import { Graph } from './graph.js';
import type { OpId } from './op.js';
import type { PlanOptions } from './plan-types.js';

/** A copy is as dear as so many comparisons. */
const stepsOfCopy = 20;
const copiesOfCompare = 10;

/** What the instructions of all stages share while a plan is made. */
export class Evaluation {
  readonly options: PlanOptions;
  readonly graph = new Graph();
  readonly budget = new Budget();
  /** Finds what --from names: a stage before, a named context or an image. */
  readonly findInput: (name: Word, draft: Draft, at: Instruction) => OpId;
  readonly #contextPaths = new Map<string | undefined, Set<string>>();

  constructor(options: PlanOptions, findInput: Evaluation['findInput']) {
    this.options = options;
    this.findInput = findInput;
  }

  /** A word with the variables of a stage put in. */
  expand(draft: Draft, word: Word, at: Instruction): string {
    return this.#noted(draft, at, expandWord(word, this.#expandOptions(at, draft.scope.get))).text;
  }

  expandWords(draft: Draft, word: Word, at: Instruction): readonly string[] {
    const options = { ...this.#expandOptions(at, draft.scope.get), split: true };
    return this.#noted(draft, at, expandWord(word, options)).words;
  }

  expandContent(draft: Draft, content: Word, at: Instruction): string {
    const options = this.#expandOptions(at, draft.scope.get);
    return this.#noted(draft, at, expandContent(content, options)).text;
  }

  /** A word with other variables than those of a stage. */
  expandWith(word: Word, at: Instruction, lookUp: Lookup): Expansion {
    return expandWord(word, this.#expandOptions(at, lookUp));
  }

  /** Runs a check of a value that throws, and says where in the Dockerfile the value stands. */
  checked<T>(at: Instruction, range: Range, check: () => T): T {
    try {
      return check();
    } catch (cause) {
      if (!isWharfError(cause) || cause instanceof DockerfileError) throw cause;
      throw new DockerfileError(cause.message, { source: at.source, range, cause });
    }
  }

  /** An instruction that stands where it cannot. */
  misplaced(at: Instruction): DockerfileError {
    return new DockerfileError(`${at.keyword.text.toUpperCase()} cannot stand here`, at);
  }

  report(rule: RuleName, at: Instruction, message: string): void {
    const { source, range } = at;
    this.options.report?.({ rule, message, source, range });
  }

  /** Counts entries that an instruction copies. @throws DockerfileError when all have copied too many */
  spend(at: Instruction, entries: number, characters = 0): void {
    const steps = this.budget.spendSteps(entries * stepsOfCopy);
    if (steps && this.budget.spendLength(characters)) return;
    throw new DockerfileError('the Dockerfile takes too much to evaluate', {
      source: at.source,
      range: at.range,
      code: 'resource-exhausted',
    });
  }

  /** The nearest of many names. */
  nearest(name: string, names: readonly string[], at: Instruction): string | undefined {
    this.spend(at, names.length * copiesOfCompare);
    return suggest(name, names);
  }

  /** Notes that a path of a context is needed. */
  takeFromContext(input: OpId, path: string): void {
    const op = this.graph.get(input);
    if (op?.kind !== 'context') return;
    const paths = this.#contextPaths.get(op.name) ?? new Set();
    this.#contextPaths.set(op.name, paths.add(path));
  }

  get contextPaths(): ReadonlyMap<string | undefined, readonly string[]> {
    const sorted = [...this.#contextPaths].map(
      ([name, paths]) => [name, Object.freeze(paths.has('/') ? ['/'] : [...paths].sort())] as const,
    );
    return new Map(sorted);
  }

  #expandOptions(at: Instruction, lookUp: Lookup) {
    return { source: at.source, escape: at.escape, lookUp, budget: this.budget };
  }

  #noted(draft: Draft, at: Instruction, expansion: Expansion): Expansion {
    for (const name of expansion.used) draft.look(name);
    for (const name of expansion.missing) {
      if (draft.scope.isDeclared(name) || draft.beginning.unknown) continue;
      if (this.options.report === undefined) continue;
      const near = this.nearest(name, draft.scope.names, at);
      const hint = near === undefined ? '' : `: did you mean $${near}?`;
      this.report('UndefinedVar', at, `the variable $${name} is not defined${hint}`);
    }
    return expansion;
  }
}
