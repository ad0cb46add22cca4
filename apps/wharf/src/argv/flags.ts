/** How the text of a flag is read, and the type of its value. */
export interface FlagTypes {
  /** `--rm`, `--rm=false`; false when not given. */
  bool: boolean;
  /** Undefined when not given and without default. */
  string: string;
  /** Repeatable; an empty list when not given. */
  strings: readonly string[];
  /** A whole number; 0x and 0o are read. */
  int: number;
  /** A decimal number: `1.5`. */
  decimal: number;
  /** Go's notation, `1h30m`; nanoseconds. */
  duration: bigint;
  /** Docker's notation, `512m`; bytes, in powers of 1024. `-1` passes for "unlimited". */
  bytes: number;
  /** Repeatable without argument, `-vvv`; how often it was given. */
  count: number;
}

export type FlagType = keyof FlagTypes;

/** What a flag's or argument's value names, for completion. The app supplies the candidates. */
export type CompletionKind = string;

/** One flag of a command; its long name is its key in the table. */
export interface FlagDefinition {
  readonly type: FlagType;
  readonly short?: string;
  /** The word for the value in help (`list`, `bytes`); by default the type's own. */
  readonly placeholder?: string;
  /** The value when the flag is not given, in the parsed type. */
  readonly default?: FlagTypes[FlagType];
  /** What help says the default is, when it is not `default` itself. */
  readonly defaultText?: string;
  readonly description: string;
  readonly hidden?: boolean;
  /** A warning on stderr when the flag is given; hides the flag too. */
  readonly deprecated?: string;
  /** The value taken when none is attached: `--tree` for `--tree=full`. */
  readonly bare?: string;
  /** The values that completion offers. */
  readonly values?: readonly string[];
  /** Names of objects, or `file` or `directory`, that completion offers; `volume|file` is files where no name fits. */
  readonly complete?: CompletionKind;
  /** Refuses a value: returns what is wrong with it, to follow `invalid argument "x" for …: `. */
  readonly check?: (text: string) => string | undefined;
}

/** The flags of a command by long name. */
export type FlagTable = Readonly<Record<string, FlagDefinition>>;

/** `cpu-shares` -> `cpuShares`: how commands read a flag. */
export type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type AlwaysSet = 'bool' | 'strings' | 'count';

type FlagValue<Flag extends FlagDefinition> = Flag extends { readonly default: unknown }
  ? FlagTypes[Flag['type']]
  : Flag['type'] extends AlwaysSet
    ? FlagTypes[Flag['type']]
    : FlagTypes[Flag['type']] | undefined;

/** The parsed flags of a table: one property per flag, in camel case. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: FlagValue<Table[Name]>;
};

/** Types a flag table without widening it, so that `FlagValues` can be told from it. */
export function defineFlags<const Table extends FlagTable>(table: Table): Table {
  return table;
}

/** The property under which a flag's value is found. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The flag of a table by long name; undefined when there is none. */
export function flagNamed(table: FlagTable, name: string): FlagDefinition | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The long name of a flag by its short letter. */
export function nameOfShort(table: FlagTable, short: string): string | undefined {
  return Object.keys(table).find((name) => table[name]?.short === short);
}

/** Whether the flag stands without a value: `-d`, not `-e X=1`. */
export function isBare(flag: FlagDefinition): boolean {
  return flag.type === 'bool' || flag.type === 'count' || flag.bare !== undefined;
}
