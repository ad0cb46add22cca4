import { lineOf, parseFailure } from './failure.js';

/** What a token of a template is. `keyword`, `bool` and `nil` are reserved identifiers. */
export type TokenType =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'character'
  | 'string'
  | 'raw'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'lparen'
  | 'rparen'
  | 'end';

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Character offset in the template, 0-based. */
  readonly position: number;
}

const keywords = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);

const punctuation: Readonly<Record<string, TokenType>> = {
  '|': 'pipe',
  ',': 'comma',
  '(': 'lparen',
  ')': 'rparen',
  '=': 'assign',
};

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n';
}

function isWord(char: string): boolean {
  const code = char.charCodeAt(0);
  if (code < 0x80)
    return isDigit(char) || char === '_' || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
  // Compiling this expression takes longer than reading a template: only for other alphabets.
  return /[\p{L}\p{Nd}]/u.test(char);
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (!isWord(char)) break;
    at += char.length;
  }
  return at;
}

/**
 * Cuts a template into tokens, in time linear in its length. Trim markers and comments are applied
 * here, so the parser never sees them.
 * @throws TemplateError for an unclosed action, comment, string, or a character that begins nothing.
 */
export function lex(text: string, name = ''): Token[] {
  return new Lexer(text, name).run();
}

class Lexer {
  readonly #text: string;
  readonly #name: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #parens = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  run(): Token[] {
    let trimLeft = false;
    while (this.#at < this.#text.length) {
      trimLeft = this.#literal(trimLeft) && this.#action();
    }
    this.#tokens.push({ type: 'end', text: '', position: this.#text.length });
    return this.#tokens;
  }

  #fail(message: string, position = this.#at): never {
    throw parseFailure(this.#name, lineOf(this.#text, position), message);
  }

  #push(type: TokenType, end: number): void {
    this.#tokens.push({ type, text: this.#text.slice(this.#at, end), position: this.#at });
    this.#at = end;
  }

  /** Takes the text up to the next action; true when an action begins there. */
  #literal(trimLeft: boolean): boolean {
    const open = this.#text.indexOf('{{', this.#at);
    let end = open < 0 ? this.#text.length : open;
    let start = this.#at;
    if (trimLeft) while (start < end && isSpace(this.#text[start])) start++;
    const next = end;
    if (open >= 0 && this.#text[open + 2] === '-' && isSpace(this.#text[open + 3])) {
      while (end > start && isSpace(this.#text[end - 1])) end--;
    }
    this.#at = start;
    if (end > start) this.#push('text', end);
    this.#at = next;
    return open >= 0;
  }

  /** Takes one action with its delimiters; true when the text after it is to be trimmed. */
  #action(): boolean {
    const opening = this.#at;
    const trimmed = this.#text[opening + 2] === '-' && isSpace(this.#text[opening + 3]);
    const inner = opening + (trimmed ? 4 : 2);
    if (this.#text.startsWith('/*', inner)) return this.#comment(inner);
    this.#push('open', opening + 2);
    this.#at = inner;
    this.#parens = 0;
    for (;;) {
      const close = this.#closing();
      if (close !== undefined) {
        if (this.#parens > 0) this.#fail('unclosed left paren');
        this.#at += close.trim ? 2 : 0;
        this.#push('close', this.#at + 2);
        return close.trim;
      }
      if (this.#at >= this.#text.length) this.#fail('unclosed action', opening);
      this.#inside();
    }
  }

  #closing(): { trim: boolean } | undefined {
    if (this.#text.startsWith('}}', this.#at)) return { trim: false };
    if (isSpace(this.#text[this.#at]) && this.#text.startsWith('-}}', this.#at + 1)) {
      return { trim: true };
    }
    return undefined;
  }

  #comment(inner: number): boolean {
    const end = this.#text.indexOf('*/', inner + 2);
    if (end < 0) this.#fail('unclosed comment', inner);
    this.#at = end + 2;
    const close = this.#closing();
    if (close === undefined) this.#fail('comment ends before closing delimiter');
    this.#at += close.trim ? 4 : 2;
    return close.trim;
  }

  #inside(): void {
    const char = this.#text[this.#at] ?? '';
    if (isSpace(char)) return this.#spaces();
    if (char === '"' || char === "'") return this.#quoted(char);
    if (char === '`') return this.#raw();
    if (char === ':') return this.#declare();
    if (char === '.' && !isDigit(this.#text[this.#at + 1])) return this.#dotted('field');
    if (char === '$') return this.#dotted('variable');
    if (isDigit(char) || '.+-'.includes(char)) return this.#number();
    const mark = punctuation[char];
    if (mark !== undefined) return this.#mark(mark);
    const end = wordEnd(this.#text, this.#at);
    if (end > this.#at) return this.#word(end);
    const odd = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#fail(`unexpected ${JSON.stringify(odd)} in command`);
  }

  #spaces(): void {
    let end = this.#at;
    while (isSpace(this.#text[end]) && !this.#text.startsWith('-}}', end + 1)) end++;
    this.#push('space', Math.max(end, this.#at));
  }

  #declare(): void {
    if (this.#text[this.#at + 1] !== '=') this.#fail('expected :=');
    this.#push('declare', this.#at + 2);
  }

  #mark(type: TokenType): void {
    if (type === 'lparen') this.#parens++;
    if (type === 'rparen' && --this.#parens < 0) this.#fail('unexpected right paren');
    this.#push(type, this.#at + 1);
  }

  #quoted(quote: string): void {
    let end = this.#at + 1;
    for (; this.#text[end] !== quote; end++) {
      if (this.#text[end] === '\\') end++;
      const char = this.#text[end];
      if (char === undefined || char === '\n') {
        this.#fail(`unterminated ${quote === '"' ? 'quoted string' : 'character constant'}`);
      }
    }
    this.#push(quote === '"' ? 'string' : 'character', end + 1);
  }

  #raw(): void {
    const end = this.#text.indexOf('`', this.#at + 1);
    if (end < 0) this.#fail('unterminated raw quoted string');
    this.#push('raw', end + 1);
  }

  #dotted(type: 'field' | 'variable'): void {
    const end = wordEnd(this.#text, this.#at + 1);
    const bare = end === this.#at + 1 && type === 'field';
    this.#terminated(end);
    this.#push(bare ? 'dot' : type, end);
  }

  #number(): void {
    let end = this.#at + 1;
    while (/[0-9A-Za-z_.]/.test(this.#text[end] ?? '') || this.#signOfExponent(end)) end++;
    const text = this.#text.slice(this.#at, end);
    if (!/[0-9]/.test(text)) this.#fail(`bad number syntax: ${JSON.stringify(text)}`);
    this.#push('number', end);
  }

  #signOfExponent(at: number): boolean {
    const sign = this.#text[at];
    return (sign === '+' || sign === '-') && /[eEpP]/.test(this.#text[at - 1] ?? '');
  }

  #word(end: number): void {
    this.#terminated(end);
    const word = this.#text.slice(this.#at, end);
    if (keywords.has(word)) return this.#push('keyword', end);
    if (word === 'true' || word === 'false') return this.#push('bool', end);
    this.#push(word === 'nil' ? 'nil' : 'identifier', end);
  }

  #terminated(end: number): void {
    const next = this.#text[end];
    if (next === undefined || isSpace(next) || '.,|:()='.includes(next)) return;
    if (this.#text.startsWith('}}', end)) return;
    this.#fail(`bad character ${unicodeName(this.#text, end)}`, end);
  }
}

function unicodeName(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return `U+${hex} '${String.fromCodePoint(code)}'`;
}
