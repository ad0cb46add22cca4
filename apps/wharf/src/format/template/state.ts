import type { CommandNode, Operand, PipeNode, Trees } from './ast.js';
import type { FunctionTable } from './functions.js';

/** How much work and output one execution may cause before it is refused. */
export interface Limits {
  readonly steps: number;
  readonly characters: number;
  readonly depth: number;
}

export const defaultLimits: Limits = { steps: 2_000_000, characters: 64 << 20, depth: 200 };

export interface Execution {
  readonly text: string;
  readonly name: string;
  readonly trees: Trees;
  readonly functions: FunctionTable;
  readonly missingKey: 'default' | 'error';
  readonly limits: Limits;
  /** Applied to what an action prints, not to the template's own text. */
  readonly clean: (text: string) => string;
}

/** What the evaluation of an operand asks of the execution that it is part of. */
export interface EvaluationState {
  readonly execution: Execution;
  /** Remembers the node that errors will name; counts as a step of work. */
  at(node: Operand | CommandNode): void;
  /** @throws TemplateError, always, with the place of the node given last. */
  fail(message: string): never;
  variable(name: string): unknown;
  pipeline(pipe: PipeNode, dot: unknown): unknown;
}
