import { InvalidArgumentError } from '@wharf/core';
import { cut, isAlphaNumeric, isDigit, quote, skip } from '../chars.js';
import { maxArgumentLength } from '../limits.js';

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

const space = (c: number): boolean => c === 0x20 || c === 0x09;

/**
 * Splits at white space outside of quotes and keeps quotes and backslashes as they are, as the first pass of a
 * Dockerfile's `ENV` and `LABEL` does.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (let at = skip(text, 0, space); at < text.length; at = skip(text, at, space)) {
    const end = wordEnd(text, at);
    words.push(text.slice(at, end));
    at = end;
  }
  return words;
}

/** Where the word that starts at `from` ends. A quote that never closes takes the rest. */
function wordEnd(text: string, from: number): number {
  let mark = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '\\' && mark !== "'") at++;
    else if (mark !== '') mark = char === mark ? '' : mark;
    else if (char === '"' || char === "'") mark = char;
    else if (space(text.charCodeAt(at))) return at;
  }
  return text.length;
}

/**
 * Takes off quotes and backslashes and puts in variables (`$A`, `${A}`, `${A:-b}`, `${A:+b}`, without the colon for "set"
 * instead of "not empty"). Nothing is expanded between single quotes; what is put in is not read again.
 * @throws InvalidArgumentError for a quote or brace without end and for unknown substitutions
 */
export function expandWord(word: string, lookUp: Lookup): string {
  const reader = new WordReader(word, lookUp);
  const text = reader.until('');
  if (text.length > maxArgumentLength) {
    throw new InvalidArgumentError(`the value ${quote(text)} is longer than ${maxArgumentLength}`);
  }
  return text;
}

const maxDepth = 32;

class WordReader {
  readonly #word: string;
  readonly #lookUp: Lookup;
  #at = 0;
  #depth = 0;

  constructor(word: string, lookUp: Lookup) {
    this.#word = word;
    this.#lookUp = lookUp;
  }

  /** Reads up to and over `stop`, or to the end for an empty one. */
  until(stop: string): string {
    const parts: string[] = [];
    while (this.#at < this.#word.length) {
      const char = this.#word[this.#at] as string;
      if (char === stop) {
        this.#at++;
        return parts.join('');
      }
      parts.push(this.#piece(char));
    }
    if (stop !== '') throw this.#refuse(`unexpected end of statement while looking for ${stop}`);
    return parts.join('');
  }

  #piece(char: string): string {
    if (char === "'") return this.#single();
    if (char === '"') return this.#double();
    if (char === '$') return this.#dollar();
    if (char !== '\\') {
      this.#at++;
      return char;
    }
    const escaped = this.#word[this.#at + 1] ?? '';
    this.#at += 2;
    return escaped;
  }

  #single(): string {
    const end = this.#word.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#refuse("unexpected end of statement while looking for matching '");
    const text = this.#word.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #double(): string {
    this.#at++;
    const parts: string[] = [];
    for (;;) {
      const char = this.#word[this.#at];
      if (char === undefined) {
        throw this.#refuse('unexpected end of statement while looking for matching double-quote');
      }
      if (char === '"') break;
      parts.push(char === '$' ? this.#dollar() : this.#quoted(char));
    }
    this.#at++;
    return parts.join('');
  }

  /** Between double quotes a backslash escapes only what means something there. */
  #quoted(char: string): string {
    const next = this.#word[this.#at + 1];
    const escapes = char === '\\' && next !== undefined && '"$\\'.includes(next);
    this.#at += escapes ? 2 : 1;
    return escapes ? (next as string) : char;
  }

  #dollar(): string {
    this.#at++;
    if (this.#word[this.#at] === '{') return this.#braces();
    const name = this.#name();
    return name === '' ? '$' : (this.#lookUp(name) ?? '');
  }

  #name(): string {
    const start = this.#at;
    const first = this.#word.charCodeAt(start);
    // A positional parameter has one digit, as in a shell.
    if (isDigit(first)) this.#at++;
    else this.#at = skip(this.#word, start, (c) => isAlphaNumeric(c) || c === 0x5f);
    return this.#word.slice(start, this.#at);
  }

  #braces(): string {
    this.#at++;
    const name = this.#name();
    if (name === '') throw this.#refuse('bad substitution');
    const value = this.#lookUp(name);
    if (this.#word[this.#at] === '}') {
      this.#at++;
      return value ?? '';
    }
    const colon = this.#word[this.#at] === ':';
    if (colon) this.#at++;
    const modifier = this.#word[this.#at++] ?? '';
    if (++this.#depth > maxDepth) throw this.#refuse('substitutions are nested too deep');
    const other = this.until('}');
    this.#depth--;
    const given = colon ? (value ?? '') !== '' : value !== undefined;
    if (modifier === '-') return given ? (value ?? '') : other;
    if (modifier === '+') return given ? other : '';
    if (modifier === '?' && given) return value ?? '';
    if (modifier === '?') throw this.#refuse(`${name}: ${other || 'is not allowed to be unset'}`);
    throw this.#refuse(`unsupported modifier (${colon ? ':' : ''}${modifier}) in substitution`);
  }

  #refuse(problem: string): InvalidArgumentError {
    return new InvalidArgumentError(`failed to process ${quote(this.#word)}: ${problem}`);
  }
}

/** `name=value`, or undefined without an equals sign or a name. */
export function splitPair(word: string): readonly [name: string, value: string] | undefined {
  const [name, value] = cut(word, '=');
  return value === undefined ? undefined : [name, value];
}
