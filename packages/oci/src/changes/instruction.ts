import { InvalidArgumentError, isWharfError } from '@wharf/core';
import { quote, skip } from '../chars.js';
import { parseJson } from '../json.js';
import { maxArgumentLength, maxArguments } from '../limits.js';

/** One instruction of a Dockerfile: its name in upper case, and what follows it on the line. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const blank = (c: number): boolean => c === 0x20 || (c >= 0x09 && c <= 0x0d);
const maxChange = 1024 * 1024;

/**
 * The instructions of one `--change`: a line each; a backslash at the end of a line joins the next; comments and empty
 * lines are nothing.
 * @throws InvalidArgumentError when there is none
 */
export function readInstructions(text: string): readonly Instruction[] {
  if (text.length > maxChange) {
    throw new InvalidArgumentError(`a change is longer than ${maxChange} characters`);
  }
  const found: Instruction[] = [];
  let open = '';
  for (const line of text.split('\n')) {
    if (line.trimStart().startsWith('#')) continue;
    const trimmed = line.trimEnd();
    if (trimmed.endsWith('\\')) {
      open += trimmed.slice(0, -1);
      continue;
    }
    const whole = (open + trimmed).trim();
    open = '';
    if (whole !== '') found.push(readInstruction(whole));
  }
  if (open.trim() !== '') found.push(readInstruction(open.trim()));
  if (found.length === 0) throw new InvalidArgumentError('file with no instructions');
  return found;
}

function readInstruction(line: string): Instruction {
  const end = skip(line, 0, (c) => !blank(c));
  return { name: line.slice(0, end).toUpperCase(), rest: line.slice(end).trim() };
}

/**
 * The list of strings that the text is as JSON; undefined when it is anything else, which is then taken as a shell line,
 * as docker does.
 */
export function readJsonForm(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value = parseJson(new TextEncoder().encode(text), { maxBytes: maxChange, maxDepth: 2 });
    if (!Array.isArray(value) || value.length > maxArguments) return undefined;
    const words = value as readonly unknown[];
    return words.every((word) => typeof word === 'string' && word.length <= maxArgumentLength)
      ? (words as readonly string[])
      : undefined;
  } catch (error) {
    if (isWharfError(error)) return undefined;
    throw error;
  }
}

/** `--name=value` options before the rest, as HEALTHCHECK has them. */
export function readFlags(
  text: string,
  known: readonly string[],
): { readonly flags: ReadonlyMap<string, string>; readonly rest: string } {
  const flags = new Map<string, string>();
  let at = skip(text, 0, blank);
  while (text.startsWith('--', at)) {
    const end = skip(text, at, (c) => !blank(c));
    const flag = text.slice(at + 2, end);
    at = skip(text, end, blank);
    if (flag === '') break;
    const equals = flag.indexOf('=');
    const name = equals < 0 ? flag : flag.slice(0, equals);
    if (!known.includes(name)) throw new InvalidArgumentError(`unknown flag: ${name}`);
    if (flags.has(name)) throw new InvalidArgumentError(`duplicate flag specified: ${name}`);
    if (equals < 0) throw new InvalidArgumentError(`missing a value on flag: ${name}`);
    flags.set(name, flag.slice(equals + 1));
  }
  return { flags, rest: text.slice(at) };
}

export const atLeastOne = (name: string): InvalidArgumentError =>
  new InvalidArgumentError(`${name} requires at least one argument`);

export const exactlyOne = (name: string): InvalidArgumentError =>
  new InvalidArgumentError(`${name} requires exactly one argument`);

export const blankName = (name: string): InvalidArgumentError =>
  new InvalidArgumentError(`${name} names can not be blank`);

export const noPair = (word: string): InvalidArgumentError =>
  new InvalidArgumentError(
    `Syntax error - can't find = in ${quote(word)}. Must be of the form: name=value`,
  );
