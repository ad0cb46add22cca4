import type { Flag, Statement } from '../parse/ast.js';
import type { Text, Word } from '../source/text.js';
import { suggest } from '../suggest.js';
import { nameOf, problem, wordOf } from './base.js';

type FlagKind = 'text' | 'list' | 'boolean';

/** The flags of an instruction, checked against those that it knows. */
export class Flags {
  readonly #statement: Statement;
  readonly #flags = new Map<string, Flag[]>();

  /** @throws DockerfileError for a flag that is unknown, twice, or without the value that it needs */
  constructor(statement: Statement, known: Readonly<Record<string, FlagKind>> = {}) {
    this.#statement = statement;
    for (const flag of statement.flags) this.#add(flag, known);
  }

  get(name: string): Word | undefined {
    const value = this.#flags.get(name)?.[0]?.value;
    return value && wordOf(value);
  }

  texts(name: string): readonly Text[] {
    return (this.#flags.get(name) ?? []).flatMap(({ value }) => value ?? []);
  }

  list(name: string): readonly Word[] {
    return Object.freeze(this.texts(name).map(wordOf));
  }

  /** Undefined when the flag is not there. */
  boolean(name: string): boolean | undefined {
    const flag = this.#flags.get(name)?.[0];
    if (flag === undefined) return undefined;
    return flag.value?.text.toLowerCase() !== 'false';
  }

  /** The value, if it is one of those. */
  oneOf<T extends string>(name: string, options: readonly T[]): T | undefined {
    const word = this.get(name);
    if (word === undefined) return undefined;
    const found = options.find((option) => option === word.text);
    if (found !== undefined) return found;
    throw problem(
      this.#statement,
      `--${name} cannot be ${JSON.stringify(word.text)}: choose one of ${options.join(', ')}`,
      { range: word.range, suggestion: suggest(word.text, options) },
    );
  }

  #add(flag: Flag, known: Readonly<Record<string, FlagKind>>): void {
    const kind = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
    if (kind === undefined) throw this.#unknown(flag, Object.keys(known));
    const others = this.#flags.get(flag.name) ?? [];
    if (others.length > 0 && kind !== 'list') {
      throw this.#fail(flag, `the flag --${flag.name} is there twice`);
    }
    if (kind === 'boolean') this.#checkBoolean(flag);
    else if (flag.value === undefined) {
      throw this.#fail(flag, `the flag --${flag.name} needs a value: --${flag.name}=VALUE`);
    }
    others.push(flag);
    this.#flags.set(flag.name, others);
  }

  #checkBoolean(flag: Flag): void {
    const value = flag.value?.text.toLowerCase() ?? 'true';
    if (value === 'true' || value === 'false') return;
    throw this.#fail(
      flag,
      `the flag --${flag.name} is true or false, not ${JSON.stringify(value)}`,
    );
  }

  #unknown(flag: Flag, names: readonly string[]): Error {
    const near = suggest(flag.name, names);
    const name = nameOf(this.#statement);
    const text = names.length === 0 ? `${name} has no flags` : `${name} has no flag --${flag.name}`;
    return problem(this.#statement, text, {
      range: flag.range,
      suggestion: near === undefined ? undefined : `--${near}`,
    });
  }

  #fail(flag: Flag, text: string): Error {
    return problem(this.#statement, text, { range: flag.range });
  }
}
