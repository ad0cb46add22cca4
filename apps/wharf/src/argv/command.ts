import type { CompletionKind, FlagTable, FlagValues } from './flags.js';

/** One positional argument. Optional ones and the repeatable one stand last. */
export interface ArgumentSpec {
  /** As help shows it: `CONTAINER`. */
  readonly name: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly complete?: CompletionKind;
}

export interface Example {
  readonly text: string;
  readonly command: string;
}

/** What a running command is told beside its flags and arguments. */
export interface Invocation {
  /** Aborted when the user interrupts the program. */
  readonly signal: AbortSignal;
  /** Long names of the flags on the command line. */
  readonly given: ReadonlySet<string>;
  /** How many arguments stood before `--`. */
  readonly dashAt: number | undefined;
}

/** One command of the program. `Context` is what the app hands to every command. */
export interface Command<Context, Table extends FlagTable = FlagTable> {
  /** `['container', 'ls']`. */
  readonly path: readonly string[];
  /** Other full names: `[['ps'], ['container', 'list']]`. */
  readonly aliases?: readonly (readonly string[])[];
  /** One line for lists of commands. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description?: string;
  /** What follows the name in the usage line; by default told from flags and arguments. */
  readonly usage?: string;
  readonly flags: Table;
  readonly args: readonly ArgumentSpec[];
  readonly examples?: readonly Example[];
  /** `run IMAGE -x` hands -x to the container. */
  readonly stopAtFirstPositional?: boolean;
  /** The exit code when the command throws; 1 unless told. */
  readonly failureExitCode?: number;
  /** Does the work. @returns the exit code; 0 when nothing is returned. */
  run(
    context: Context,
    flags: FlagValues<Table>,
    args: readonly string[],
    invocation: Invocation,
  ): Promise<number | void>;
}

/** A command of whatever flags, as the registry holds it. */
export type AnyCommand<Context> = Command<Context>;

/**
 * Types a command: `defineCommand<Context>()({ flags: {…}, run: (context, flags) => … })`. The two
 * steps let the context be named and the flags be told from the table.
 */
export function defineCommand<Context>(): <const Table extends FlagTable>(
  command: Command<Context, Table>,
) => AnyCommand<Context> {
  return (command) => command as unknown as AnyCommand<Context>;
}

/** Fewest and most arguments that a command takes. */
export function arity(args: readonly ArgumentSpec[]): { least: number; most: number } {
  return {
    least: args.filter((arg) => arg.optional !== true).length,
    most: args.some((arg) => arg.multiple === true) ? Infinity : args.length,
  };
}

/** What is wrong with a number of arguments, in docker's words; undefined when nothing is. */
export function arityProblem(args: readonly ArgumentSpec[], count: number): string | undefined {
  const { least, most } = arity(args);
  if (count >= least && count <= most) return undefined;
  if (most === 0) return 'accepts no arguments';
  if (least === most) return `requires ${plural(least)}`;
  if (most === Infinity) return `requires at least ${plural(least)}`;
  if (least === 0) return `requires at most ${plural(most)}`;
  return `requires at least ${least} and at most ${plural(most)}`;
}

function plural(count: number): string {
  return `${count} argument${count === 1 ? '' : 's'}`;
}

/** What follows the command's name in its usage line: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
export function usageOf(command: Pick<AnyCommand<never>, 'usage' | 'flags' | 'args'>): string {
  if (command.usage !== undefined) return command.usage;
  const options = Object.keys(command.flags).length > 0 ? ['[OPTIONS]'] : [];
  return [...options, ...command.args.map(argumentText)].join(' ');
}

function argumentText(arg: ArgumentSpec): string {
  if (arg.optional === true) return `[${arg.name}${arg.multiple === true ? '...' : ''}]`;
  return arg.multiple === true ? `${arg.name} [${arg.name}...]` : arg.name;
}
