import { isDigit, isLetter, skip } from '../chars.js';
import type { DockerfileError } from '../error.js';
import { maxSubstitutionDepth } from '../limits.js';
import type { Budget } from './budget.js';
import type { Lookup } from './expand.js';
import { compilePattern, removePrefix, removeSuffix, replace } from './pattern.js';
import { Sink } from './sink.js';

interface Options {
  readonly escape: string;
  readonly lookUp: Lookup;
  readonly budget: Budget;
  /** Whether quotes quote. */
  readonly quotes: boolean;
  readonly limit: number;
  fail(problem: string, code?: 'resource-exhausted'): DockerfileError;
}

/** How escapes are read: taken off, or kept for a pattern to take off. */
type Escapes = 'remove' | 'keep';

/** Reads one word from left to right, each character once. */
export class WordReader {
  readonly used = new Set<string>();
  readonly missing = new Set<string>();
  readonly #text: string;
  readonly #options: Options;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: Options) {
    this.#text = text;
    this.#options = options;
  }

  readAll(sink: Sink): void {
    this.#readUntil('', 'remove', sink);
  }

  #readUntil(stop: string, escapes: Escapes, sink: Sink): void {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      if (char === stop) {
        this.#at++;
        return;
      }
      this.#readOne(char, escapes, sink, stop);
      if (sink.length > this.#options.limit) throw this.#tooLong();
    }
    if (stop !== '') throw this.#options.fail(`a substitution has no ${stop}`);
  }

  #readOne(char: string, escapes: Escapes, sink: Sink, stop: string): void {
    const { escape, quotes } = this.#options;
    if (char === '$') sink.loose(this.#dollar());
    else if (quotes && char === "'") sink.fixed(this.#single());
    else if (quotes && char === '"') sink.fixed(this.#double());
    else if (char === escape) sink.fixed(this.#escaped(escapes));
    else sink.loose(this.#plain(stop));
  }

  /** A run of characters that mean nothing. */
  #plain(stop: string): string {
    const { escape, quotes } = this.#options;
    const start = this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      if (char === '$' || char === escape || char === stop) break;
      if (quotes && (char === '"' || char === "'")) break;
      this.#at++;
    }
    return this.#text.slice(start, this.#at);
  }

  #escaped(escapes: Escapes): string {
    const mark = this.#text[this.#at++] as string;
    const char = this.#take();
    if (escapes === 'keep') return mark + char;
    if (this.#options.quotes || char === '$' || char === '`' || char === mark) return char;
    // in a heredoc a line goes on, any other character keeps its escape; outside of a substitution alone
    if (char === '\n') return '';
    return this.#depth > 0 && char === '}' ? char : mark + char;
  }

  #single(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#options.fail("a single quote ' is not closed");
    const quoted = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return quoted;
  }

  /** In double quotes an escape works on `"`, `$` and itself only. */
  #double(): string {
    const { escape } = this.#options;
    const sink = new Sink();
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      const next = this.#text[this.#at + 1];
      if (char === '"') {
        this.#at++;
        return sink.text;
      }
      if (char === '$') sink.fixed(this.#dollar());
      else if (char === escape && (next === '"' || next === '$' || next === escape)) {
        this.#at += 2;
        sink.fixed(next);
      } else {
        this.#at++;
        sink.fixed(char);
      }
      if (sink.length > this.#options.limit) throw this.#tooLong();
    }
    throw this.#options.fail('a double quote " is not closed');
  }

  #dollar(): string {
    this.#at++;
    if (this.#text[this.#at] === '{') {
      this.#at++;
      return this.#braces();
    }
    const name = this.#name();
    return name === '' ? '$' : this.#spend(this.#value(name));
  }

  #braces(): string {
    if (++this.#depth > maxSubstitutionDepth) {
      throw this.#options.fail(`substitutions are more than ${maxSubstitutionDepth} deep`);
    }
    const name = this.#name();
    if (name === '') throw this.#options.fail('a substitution has no name: write ${NAME}');
    const value = this.#substitute(name);
    this.#depth--;
    return this.#spend(value);
  }

  #substitute(name: string): string {
    const operator = this.#take();
    if (operator === '}') return this.#value(name);
    if (operator === '') throw this.#options.fail('a substitution has no }');
    if (operator === ':' || operator === '-' || operator === '+' || operator === '?') {
      return this.#conditional(name, operator);
    }
    if (operator === '#' || operator === '%') return this.#trimmed(name, operator);
    if (operator === '/') return this.#replaced(name);
    throw this.#options.fail(
      `a substitution cannot have ${JSON.stringify(operator)} after its name`,
    );
  }

  #conditional(name: string, first: string): string {
    const colon = first === ':';
    const operator = colon ? this.#take() : first;
    if (operator !== '-' && operator !== '+' && operator !== '?') {
      throw this.#options.fail(`a substitution cannot have ":${operator}" after its name`);
    }
    const word = this.#until('}', 'remove');
    const value = this.#ask(name);
    const there = value !== undefined && !(colon && value === '');
    if (operator === '-') return there ? value : word;
    if (operator === '+') return there ? word : '';
    if (there) return value;
    const lack = value === undefined ? 'is not set' : 'is empty';
    throw this.#options.fail(`${name}: ${word || lack}`);
  }

  #trimmed(name: string, operator: '#' | '%'): string {
    const raw = this.#until('}', 'keep');
    const longest = raw.startsWith(operator);
    const pattern = compilePattern(longest ? raw.slice(1) : raw, this.#options.escape);
    const remove = operator === '#' ? removePrefix : removeSuffix;
    return remove(this.#value(name), pattern, longest, this.#spendSteps);
  }

  #replaced(name: string): string {
    const all = this.#text[this.#at] === '/';
    if (all) this.#at++;
    const pattern = compilePattern(this.#until('/', 'keep'), this.#options.escape);
    const text = this.#until('}', 'keep');
    return replace(this.#value(name), pattern, text, all, this.#spendSteps);
  }

  #until(stop: string, escapes: Escapes): string {
    const sink = new Sink();
    this.#readUntil(stop, escapes, sink);
    return sink.text;
  }

  /** A variable's name, a number, or one of the shell's special parameters, which are never set here. */
  #name(): string {
    const start = this.#at;
    const first = this.#text.charCodeAt(start);
    if (isDigit(first)) this.#at = skip(this.#text, start, isDigit);
    else if (isNameStart(first)) this.#at = skip(this.#text, start, isNamePart);
    else if ('@*#?-$!'.includes(this.#text[start] ?? ' ')) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #value(name: string): string {
    const value = this.#ask(name);
    if (value === undefined && isNameStart(name.charCodeAt(0))) this.missing.add(name);
    return value ?? '';
  }

  #ask(name: string): string | undefined {
    if (!isNameStart(name.charCodeAt(0))) return undefined;
    this.used.add(name);
    return this.#options.lookUp(name);
  }

  #take(): string {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) return '';
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  #spend(text: string): string {
    if (this.#options.budget.spendLength(text.length)) return text;
    throw this.#options.fail('variables make the Dockerfile too long', 'resource-exhausted');
  }

  readonly #spendSteps = (steps: number): void => {
    if (this.#options.budget.spendSteps(steps)) return;
    throw this.#options.fail('patterns take too long', 'resource-exhausted');
  };

  #tooLong(): DockerfileError {
    return this.#options.fail(
      `a value is longer than ${this.#options.limit} characters`,
      'resource-exhausted',
    );
  }
}

function isNameStart(code: number): boolean {
  return isLetter(code) || code === 0x5f;
}

function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}
