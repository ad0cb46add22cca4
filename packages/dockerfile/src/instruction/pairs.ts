import { isBlank, skip } from '../chars.js';
import type { Statement } from '../parse/ast.js';
import type { Text, Word } from '../source/text.js';
import { baseOf, nameOf, problem, wordOf, type InstructionBase, type Pair } from './base.js';
import { Flags } from './flags.js';
import { splitQuoted } from './words.js';

/** `ENV KEY=VALUE...`, or in the old form `ENV KEY the rest`. */
export interface EnvInstruction extends InstructionBase {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
  readonly legacy: boolean;
}

export interface LabelInstruction extends InstructionBase {
  readonly kind: 'label';
  readonly pairs: readonly Pair[];
  readonly legacy: boolean;
}

/** `ARG NAME[=DEFAULT]...` */
export interface ArgInstruction extends InstructionBase {
  readonly kind: 'arg';
  readonly args: readonly ArgDeclaration[];
}

export interface ArgDeclaration {
  readonly name: Word;
  /** Quotes still on. */
  readonly value?: Word;
}

export function readEnv(statement: Statement): EnvInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'env', ...readPairs(statement) });
}

export function readLabel(statement: Statement): LabelInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'label', ...readPairs(statement) });
}

export function readArg(statement: Statement): ArgInstruction {
  new Flags(statement);
  const words = splitQuoted(statement.rest, statement.escape);
  if (words.length === 0) throw problem(statement, 'ARG needs a name');
  const args = words.map((word) => {
    const { key, value } = cutPair(word);
    if (key.length === 0) throw blankName(statement, word);
    const name = wordOf(key);
    return Object.freeze(value === undefined ? { name } : { name, value: wordOf(value) });
  });
  return Object.freeze({ ...baseOf(statement), kind: 'arg', args: Object.freeze(args) });
}

function readPairs(statement: Statement): { pairs: readonly Pair[]; legacy: boolean } {
  new Flags(statement);
  const words = splitQuoted(statement.rest, statement.escape);
  const [first] = words;
  if (first === undefined) throw problem(statement, `${nameOf(statement)} needs KEY=VALUE`);
  if (!first.text.includes('=')) {
    return { pairs: Object.freeze([legacyPair(statement)]), legacy: true };
  }
  return { pairs: Object.freeze(words.map((word) => readPair(statement, word))), legacy: false };
}

function readPair(statement: Statement, word: Text): Pair {
  const { key, value } = cutPair(word);
  if (value === undefined) {
    throw problem(statement, `there is no = in ${word.text}: write it as KEY=VALUE`, {
      range: word.range,
    });
  }
  if (key.length === 0) throw blankName(statement, word);
  return Object.freeze({ key: wordOf(key), value: wordOf(value) });
}

/** The old form has one pair: all after the first white space is its value. */
function legacyPair(statement: Statement): Pair {
  const { rest } = statement;
  const end = skip(rest.text, 0, (c) => !isBlank(c));
  const value = rest.slice(skip(rest.text, end, isBlank));
  if (value.length === 0) {
    throw problem(
      statement,
      `${nameOf(statement)} ${rest.text} has no value: write it as KEY=VALUE`,
    );
  }
  return Object.freeze({ key: wordOf(rest.slice(0, end)), value: wordOf(value) });
}

function cutPair(word: Text): { key: Text; value: Text | undefined } {
  const equals = word.text.indexOf('=');
  if (equals < 0) return { key: word, value: undefined };
  return { key: word.slice(0, equals), value: word.slice(equals + 1) };
}

function blankName(statement: Statement, word: Text): Error {
  return problem(statement, `${nameOf(statement)} has an empty name`, { range: word.range });
}
