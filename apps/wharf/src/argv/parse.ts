import { camelCase, flagNamed, isBare, nameOfShort } from './flags.js';
import type { FlagDefinition, FlagTable, FlagValues } from './flags.js';
import { flagError } from './usage-error.js';
import { nearest } from './suggest.js';
import { readValue } from './values.js';

export interface ParseOptions {
  /** Everything from the first argument on is the argument list: `run IMAGE -x` keeps -x. */
  readonly stopAtFirstPositional?: boolean;
}

export interface Parsed<Table extends FlagTable> {
  readonly flags: FlagValues<Table>;
  readonly args: readonly string[];
  /** Long names of the flags on the command line, whatever their value. */
  readonly given: ReadonlySet<string>;
  /** How many arguments stood before `--`; undefined without one. */
  readonly dashAt: number | undefined;
  /** Whether help was asked for, by --help or by -h where that is no other flag. */
  readonly help: boolean;
  /** Warnings for the user: deprecated flags. */
  readonly warnings: readonly string[];
}

/**
 * Reads a command line by the grammar of docker's: combined shorts (`-itd`, `-p80:80`, `-e=X=1`),
 * `--flag value`, `--flag=value`, `--bool=false`, `--`. Flags may follow arguments unless
 * `stopAtFirstPositional`.
 * @throws UsageError in docker's words, exit code 125.
 */
export function parseArgv<const Table extends FlagTable>(
  argv: readonly string[],
  table: Table,
  options: ParseOptions = {},
): Parsed<Table> {
  const parser = new Parser(argv, table);
  parser.run(options.stopAtFirstPositional ?? false);
  return {
    flags: parser.values as FlagValues<Table>,
    args: parser.args,
    given: parser.given,
    dashAt: parser.dashAt,
    help: parser.help,
    warnings: parser.warnings,
  };
}

class Parser {
  readonly args: string[] = [];
  readonly given = new Set<string>();
  readonly warnings: string[] = [];
  readonly values: Record<string, unknown> = {};
  dashAt: number | undefined;
  help = false;
  readonly #argv: readonly string[];
  readonly #table: FlagTable;
  #at = 0;

  constructor(argv: readonly string[], table: FlagTable) {
    this.#argv = argv;
    this.#table = table;
    for (const [name, flag] of Object.entries(table)) {
      this.values[camelCase(name)] = flag.default ?? initial(flag);
    }
  }

  run(stopAtFirstPositional: boolean): void {
    while (this.#at < this.#argv.length) {
      const token = this.#argv[this.#at++] ?? '';
      if (token === '--') {
        this.dashAt = this.args.length;
        return this.#rest();
      }
      if (token.startsWith('--')) this.#long(token);
      else if (token.startsWith('-') && token !== '-') this.#shorts(token);
      else {
        this.args.push(token);
        if (stopAtFirstPositional) return this.#rest();
      }
    }
  }

  #rest(): void {
    this.args.push(...this.#argv.slice(this.#at));
    this.#at = this.#argv.length;
  }

  #long(token: string): void {
    const equals = token.indexOf('=');
    const name = token.slice(2, equals < 0 ? undefined : equals);
    if (name === '' || name.startsWith('-')) throw flagError(`bad flag syntax: ${token}`);
    const flag = flagNamed(this.#table, name);
    if (flag === undefined) return this.#unknownLong(name, equals < 0);
    if (equals >= 0) return this.#set(name, flag, token.slice(equals + 1));
    if (isBare(flag)) return this.#set(name, flag, undefined);
    this.#set(name, flag, this.#next(`flag needs an argument: --${name}`));
  }

  #unknownLong(name: string, alone: boolean): void {
    if (name === 'help' && alone) {
      this.help = true;
      return;
    }
    const [near] = nearest(name, visibleNames(this.#table));
    const hint = near === undefined ? '' : `; did you mean --${near}?`;
    throw flagError(`unknown flag: --${name}${hint}`);
  }

  #shorts(token: string): void {
    let letters = token.slice(1);
    while (letters !== '') {
      const letter = String.fromCodePoint(letters.codePointAt(0) ?? 0);
      letters = letters.slice(letter.length);
      const name = nameOfShort(this.#table, letter);
      const flag = name === undefined ? undefined : this.#table[name];
      if (name === undefined || flag === undefined) {
        this.#unknownShort(letter, token);
      } else if (letters.startsWith('=')) {
        return this.#set(name, flag, letters.slice(1));
      } else if (isBare(flag)) {
        this.#set(name, flag, undefined);
      } else {
        const attached = letters === '' ? undefined : letters;
        const missing = `flag needs an argument: '${letter}' in ${token}`;
        return this.#set(name, flag, attached ?? this.#next(missing));
      }
    }
  }

  #unknownShort(letter: string, token: string): void {
    if (letter !== 'h') throw flagError(`unknown shorthand flag: '${letter}' in ${token}`);
    this.help = true;
  }

  #next(missing: string): string {
    const value = this.#argv[this.#at++];
    if (value === undefined) throw flagError(missing);
    return value;
  }

  /** @param text undefined when the flag stood alone */
  #set(name: string, flag: FlagDefinition, text: string | undefined): void {
    const key = camelCase(name);
    const first = !this.given.has(name);
    this.given.add(name);
    if (flag.deprecated !== undefined && first) {
      this.warnings.push(`flag --${name} has been deprecated, ${flag.deprecated}`);
    }
    if (flag.type === 'strings') {
      const before = first ? [] : (this.values[key] as readonly string[]);
      this.values[key] = [...before, readValue(name, flag, text ?? flag.bare ?? '')];
    } else if (flag.type === 'count' && text === undefined) {
      this.values[key] = (first ? 0 : (this.values[key] as number)) + 1;
    } else {
      this.values[key] = readValue(name, flag, text ?? flag.bare ?? 'true');
    }
  }
}

function initial(flag: FlagDefinition): unknown {
  if (flag.type === 'bool') return false;
  if (flag.type === 'strings') return [];
  return flag.type === 'count' ? 0 : undefined;
}

/** Long names that may be told to a user. */
export function visibleNames(table: FlagTable): string[] {
  return Object.keys(table).filter((name) => {
    const flag = table[name];
    return flag?.hidden !== true && flag?.deprecated === undefined;
  });
}
