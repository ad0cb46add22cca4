import { lineOf, parseFailure } from './failure.js';
import type { Token } from './lex.js';

/** The tokens of one template with a place, and what the parser must know to read them. */
export class TokenReader {
  /** Variables in scope, innermost last. */
  readonly variables: string[] = ['$'];
  readonly functions: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #name: string;
  #at = 0;

  constructor(
    tokens: readonly Token[],
    text: string,
    name: string,
    functions: ReadonlySet<string>,
  ) {
    this.#tokens = tokens;
    this.#text = text;
    this.#name = name;
    this.functions = functions;
  }

  next(): Token {
    const token = this.peek();
    if (this.#at < this.#tokens.length - 1) this.#at++;
    return token;
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '', position: this.#text.length };
  }

  /** The next token that is not space. */
  nextSolid(): Token {
    while (this.peek().type === 'space') this.next();
    return this.next();
  }

  peekSolid(): Token {
    while (this.peek().type === 'space') this.next();
    return this.peek();
  }

  /** Puts the token that was just read back. */
  back(token: Token): void {
    while (this.#at > 0 && this.#tokens[this.#at] !== token) this.#at--;
  }

  /** Takes the end of the action. */
  expectClose(context: string): void {
    const token = this.nextSolid();
    if (token.type !== 'close') this.unexpected(token, context);
  }

  unexpected(token: Token, context: string): never {
    if (token.type === 'end') this.fail('unexpected EOF');
    const reserved = token.type === 'keyword' || token.type === 'dot' || token.type === 'nil';
    const shown = JSON.stringify(token.text.slice(0, 10)) + (token.text.length > 10 ? '...' : '');
    const text = reserved ? `<${token.text}>` : shown;
    this.fail(`unexpected ${text} in ${context}`);
  }

  fail(message: string): never {
    const place = this.#tokens[Math.max(0, this.#at - 1)]?.position ?? 0;
    throw parseFailure(this.#name, lineOf(this.#text, place), message);
  }
}
