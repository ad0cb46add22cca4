import { isSpace } from '../chars.js';

/** Collects what an expansion gives, as one text and, where wanted, as the words that it falls into. */
export class Sink {
  readonly #parts: string[] = [];
  readonly #words: string[] | undefined;
  #word: string | undefined;
  #length = 0;

  /** @param split whether words are wanted */
  constructor(split = false) {
    this.#words = split ? [] : undefined;
  }

  get length(): number {
    return this.#length;
  }

  get text(): string {
    return this.#parts.join('');
  }

  /** Text that white space splits: as written without quotes, or the value of a variable without quotes. */
  loose(text: string): void {
    this.#push(text);
    if (this.#words === undefined) return;
    for (const char of text) {
      if (!isSpace(char.charCodeAt(0))) this.#word = (this.#word ?? '') + char;
      else this.#endWord();
    }
  }

  /** Quoted or escaped text. */
  fixed(text: string): void {
    this.#push(text);
    if (this.#words !== undefined) this.#word = (this.#word ?? '') + text;
  }

  /** The words; an empty one stands only where quotes were. */
  words(): readonly string[] {
    this.#endWord();
    return Object.freeze(this.#words ?? []);
  }

  #push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words?.push(this.#word);
    this.#word = undefined;
  }
}
