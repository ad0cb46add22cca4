import { InvalidArgumentError } from '@wharf/core';
import { parseBool } from '../../argv/values.js';
import { parseCsvLine } from '../spec/csv.js';
import { splitPair } from '../spec/key-values.js';

/** The `key=value` fields of one flag; each is to be taken once, and `finish` refuses what nobody has taken. */
export class Fields {
  readonly #flag: string;
  readonly #text: string;
  readonly #values = new Map<string, string>();
  /** The fields without `=`. */
  readonly words: readonly string[];

  /** @throws InvalidArgumentError for a key that is given twice */
  constructor(flag: string, text: string) {
    this.#flag = flag;
    this.#text = text;
    const words: string[] = [];
    for (const field of parseCsvLine(text)) {
      const [key, value] = splitPair(field.trim());
      if (value === undefined) words.push(key);
      else if (this.#values.has(key.toLowerCase())) throw this.refuse(`${key} is given twice`);
      else this.#values.set(key.toLowerCase(), value);
    }
    this.words = words;
  }

  /** Of the first of these keys that is there. */
  take(...keys: readonly string[]): string | undefined {
    const key = keys.find((one) => this.#values.has(one));
    if (key === undefined) return undefined;
    const value = this.#values.get(key);
    this.#values.delete(key);
    return value;
  }

  takeBool(key: string, fallback: boolean): boolean {
    const text = this.take(key);
    if (text === undefined) return fallback;
    const value = parseBool(text);
    if (value === undefined) throw this.refuse(`${key} must be true or false`);
    return value;
  }

  takeOneOf<T extends string>(key: string, known: readonly T[], fallback: T): T {
    return this.findOneOf(key, known) ?? fallback;
  }

  /** Undefined when it is not given. */
  findOneOf<T extends string>(key: string, known: readonly T[]): T | undefined {
    const text = this.take(key);
    if (text === undefined) return undefined;
    const found = known.find((one) => one === text);
    if (found === undefined) throw this.refuse(`${key} must be one of ${known.join(', ')}`);
    return found;
  }

  /** @throws InvalidArgumentError when a field is left that this flag does not have */
  finish(): void {
    const [left] = this.#values.keys();
    if (left !== undefined) throw this.refuse(`there is no field ${JSON.stringify(left)}`);
  }

  refuse(why: string): InvalidArgumentError {
    return new InvalidArgumentError(
      `invalid value ${JSON.stringify(this.#text)} of ${this.#flag}: ${why}`,
    );
  }
}
