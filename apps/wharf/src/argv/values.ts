import { isWharfError } from '@wharf/core';
import { parseDuration, parseMemorySize } from '../format/units.js';
import type { FlagDefinition, FlagTypes } from './flags.js';
import { flagError } from './usage-error.js';

const trueWords = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falseWords = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Reads the words for true and false that Go's ParseBool reads. */
export function parseBool(text: string): boolean | undefined {
  if (trueWords.has(text)) return true;
  return falseWords.has(text) ? false : undefined;
}

/**
 * The value of a flag's text.
 * @throws UsageError `invalid argument "x" for "-m, --memory" flag: …`
 */
export function readValue(
  name: string,
  flag: FlagDefinition,
  text: string,
): FlagTypes[keyof FlagTypes] {
  const refuse = (reason: string): never => {
    const shown = (flag.short === undefined ? '' : `-${flag.short}, `) + `--${name}`;
    throw flagError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${reason}`);
  };
  const problem = flag.check?.(text);
  if (problem !== undefined) refuse(problem);
  switch (flag.type) {
    case 'string':
    case 'strings':
      return text;
    case 'bool':
      return parseBool(text) ?? refuse('must be true or false');
    case 'int':
    case 'count':
      return wholeNumber(text) ?? refuse('must be a whole number');
    case 'decimal':
      return decimalNumber(text) ?? refuse('must be a number');
    case 'duration':
      return outside(() => parseDuration(text), refuse);
    case 'bytes':
      return text === '-1' ? -1 : outside(() => parseMemorySize(text), refuse);
  }
}

function outside<T>(read: () => T, refuse: (reason: string) => never): T {
  try {
    return read();
  } catch (thrown) {
    return isWharfError(thrown) ? refuse(thrown.message) : refuse(String(thrown));
  }
}

function wholeNumber(text: string): number | undefined {
  if (!/^[+-]?([0-9]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(text)) return undefined;
  const negative = text.startsWith('-');
  const size = Number(text.replace(/^[+-]/, ''));
  const value = negative && size !== 0 ? -size : size;
  return Number.isSafeInteger(value) ? value : undefined;
}

function decimalNumber(text: string): number | undefined {
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
