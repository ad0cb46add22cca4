import { cut, isSpace, skip } from '../chars.js';
import { DockerfileError } from '../error.js';
import { maxWords } from '../limits.js';
import { type Text, TextBuilder } from '../source/text.js';
import type { Flag } from './ast.js';

/**
 * Takes the flags off the front of an instruction's arguments: words that begin with `--`, without their quotes and escapes.
 * A word `--` ends them.
 */
export function readFlags(args: Text, escape: string): { flags: readonly Flag[]; rest: Text } {
  const flags: Flag[] = [];
  let at = skip(args.text, 0, isSpace);
  while (args.text.startsWith('--', at)) {
    const { word, end } = readWord(args, at, escape);
    if (word.text !== '--') flags.push(toFlag(word, args, at, end));
    if (flags.length > maxWords) throw tooMany(args);
    at = skip(args.text, end, isSpace);
    if (word.text === '--') break;
  }
  return { flags: Object.freeze(flags), rest: args.slice(at).trim() };
}

function readWord(args: Text, start: number, escape: string): { word: Text; end: number } {
  const { text } = args;
  const builder = new TextBuilder(args.source);
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (quote === '' && isSpace(text.charCodeAt(at))) break;
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else {
      if (char === escape) at++;
      if (at < text.length) builder.take(args, at);
    }
  }
  return { word: builder.build(args.offset(start)), end: Math.min(at, text.length) };
}

function toFlag(word: Text, args: Text, start: number, end: number): Flag {
  const [name, value] = cut(word.text, '=');
  return Object.freeze({
    name: name.slice(2),
    ...(value === undefined ? {} : { value: word.slice(name.length + 1) }),
    range: args.rangeOf(start, end),
  });
}

function tooMany({ source, range }: Text): DockerfileError {
  return new DockerfileError(`more than ${maxWords} flags`, {
    source,
    range,
    code: 'resource-exhausted',
  });
}
