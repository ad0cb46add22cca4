import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import { isDigit, isHex, quote, skip, type CharTest } from './chars.js';
import { JsonDecimal, type JsonObject, type JsonValue } from './json-value.js';

interface ReaderOptions {
  readonly maxDepth: number;
  readonly maxValues: number;
}

const literals: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
];

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const [doubleQuote, backslash, minus, zero] = [0x22, 0x5c, 0x2d, 0x30];

const isSpace: CharTest = (c) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;

/** One pass over one document; recursion is bounded by `maxDepth`. */
export class JsonReader {
  readonly #text: string;
  readonly #options: ReaderOptions;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(text: string, options: ReaderOptions) {
    this.#text = text;
    this.#options = options;
  }

  document(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#fail('text after the end of the document');
    return value;
  }

  #value(): JsonValue {
    this.#space();
    if (++this.#values > this.#options.maxValues) {
      throw new ResourceExhaustedError(
        `the document has more than ${this.#options.maxValues} values`,
      );
    }
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > this.#options.maxDepth) {
      throw new ResourceExhaustedError(
        `the document is nested deeper than ${this.#options.maxDepth} levels`,
      );
    }
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): JsonObject {
    const object = new Map<string, JsonValue>();
    if (this.#take('}')) return object;
    do {
      this.#space();
      const key = this.#string();
      if (object.has(key)) throw this.#fail(`duplicate key ${quote(key)}`);
      this.#expect(':');
      object.set(key, this.#value());
    } while (this.#take(','));
    this.#expect('}');
    return object;
  }

  #array(): readonly JsonValue[] {
    const array: JsonValue[] = [];
    if (this.#take(']')) return array;
    do array.push(this.#value());
    while (this.#take(','));
    this.#expect(']');
    return array;
  }

  #scalar(): JsonValue {
    for (const [word, value] of literals) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #number(): number | JsonDecimal {
    const start = this.#at;
    if (this.#code() === minus) this.#at++;
    const leadingZero = this.#code() === zero;
    const digits = this.#digits();
    if (leadingZero && digits > 1) throw this.#fail('a number starts with 0');
    const decimal = this.#fraction() || this.#exponent();
    const text = this.#text.slice(start, this.#at);
    if (decimal) return this.#decimal(text);
    const value = digits > 16 ? NaN : Number(text);
    if (!Number.isSafeInteger(value)) throw this.#fail('an integer is beyond 2^53-1');
    return value === 0 ? 0 : value;
  }

  #decimal(text: string): JsonDecimal {
    if (!Number.isFinite(Number(text))) throw this.#fail('a number is too large');
    return new JsonDecimal(text);
  }

  #fraction(): boolean {
    if (this.#text[this.#at] !== '.') return false;
    this.#at++;
    this.#digits();
    this.#exponent();
    return true;
  }

  #exponent(): boolean {
    const mark = this.#text[this.#at];
    if (mark !== 'e' && mark !== 'E') return false;
    this.#at++;
    const sign = this.#text[this.#at];
    if (sign === '+' || sign === '-') this.#at++;
    this.#digits();
    return true;
  }

  #digits(): number {
    const end = skip(this.#text, this.#at, isDigit);
    const count = end - this.#at;
    if (count === 0) throw this.#fail('unexpected character');
    this.#at = end;
    return count;
  }

  #string(): string {
    if (this.#code() !== doubleQuote) throw this.#fail('expected a string');
    const parts: string[] = [];
    let from = ++this.#at;
    for (;;) {
      const code = this.#code();
      if (code === doubleQuote) break;
      if (Number.isNaN(code) || code < 0x20) throw this.#fail('unterminated string');
      if (code !== backslash) this.#at++;
      else {
        parts.push(this.#text.slice(from, this.#at), this.#escape());
        from = this.#at;
      }
    }
    const tail = this.#text.slice(from, this.#at++);
    if (parts.length === 0) return tail;
    const value = parts.join('') + tail;
    if (!value.isWellFormed()) throw this.#fail('unpaired surrogate in a string');
    return value;
  }

  #escape(): string {
    const mark = this.#text[this.#at + 1] ?? '';
    if (mark === 'u') return this.#unicodeEscape();
    const plain = Object.hasOwn(escapes, mark) ? escapes[mark] : undefined;
    if (plain === undefined) throw this.#fail('unknown escape in a string');
    this.#at += 2;
    return plain;
  }

  #unicodeEscape(): string {
    const start = this.#at + 2;
    if (skip(this.#text.slice(start, start + 4), 0, isHex) < 4) {
      throw this.#fail('malformed \\u escape in a string');
    }
    this.#at = start + 4;
    return String.fromCharCode(Number.parseInt(this.#text.slice(start, start + 4), 16));
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #space(): void {
    this.#at = skip(this.#text, this.#at, isSpace);
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#fail(`expected ${quote(char)}`);
  }

  #fail(problem: string): InvalidArgumentError {
    return new InvalidArgumentError(`invalid JSON: ${problem} at character ${this.#at}`);
  }
}
