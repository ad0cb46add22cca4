import { toWharfError } from '@wharf/core';
import { describeError, exitCodeOf, type DescribeOptions } from '../format/errors.js';
import type { AnyCommand } from './command.js';
import { arityProblem, usageOf } from './command.js';
import { commandHelp, managementHelp } from './help.js';
import { parseArgv } from './parse.js';
import type { GlobalFlags, Program } from './program.js';
import { resolve } from './resolve.js';
import { argumentError, flagError, UsageError } from './usage-error.js';

/** Where a program reads its surroundings and writes to. */
export interface ProgramIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  readonly signal: AbortSignal;
}

/**
 * Runs the program on its arguments (without the program's own name). Errors are printed to stderr.
 * @returns the exit code: the command's own; 125 for wrong flags; 1 for wrong arguments.
 */
export async function runProgram<Context>(
  program: Program<Context>,
  argv: readonly string[],
  io: ProgramIo,
): Promise<number> {
  try {
    return await new Runner(program, io).run(argv);
  } catch (thrown) {
    return reportError({ name: program.name }, thrown, io);
  }
}

function reportError({ name, debug = false }: DescribeOptions, thrown: unknown, io: ProgramIo) {
  if (thrown instanceof UsageError) {
    const help = `${thrown.command ?? name} --help`;
    io.stderr(`${thrown.message}\nSee '${help}'.\n`);
    return thrown.exitCode;
  }
  // Who interrupts a program knows why it ends.
  if (io.signal.aborted && toWharfError(thrown).code === 'cancelled') return exitCodeOf(thrown);
  const text = describeError(thrown, { name, debug });
  if (text !== '') io.stderr(text);
  return exitCodeOf(thrown);
}

class Runner<Context> {
  readonly #program: Program<Context>;
  readonly #io: ProgramIo;

  constructor(program: Program<Context>, io: ProgramIo) {
    this.#program = program;
    this.#io = io;
  }

  async run(argv: readonly string[]): Promise<number> {
    const { name, globals } = this.#program;
    const parsed = this.#parse(
      () => parseArgv(argv, globals, { stopAtFirstPositional: true }),
      [name],
    );
    if (parsed.flags.version) return this.#print(`${this.#program.version}\n`);
    const [first, ...rest] = parsed.args;
    if (first === '__complete' || first === '__completeNoDesc') {
      return this.#complete(rest, first === '__complete');
    }
    if (first === 'help' || (parsed.help && first === undefined)) return this.#help(rest);
    if (first === 'completion') return this.#completion(rest);
    if (parsed.help) return this.#help(parsed.args);
    return this.#words(parsed.args, parsed.flags);
  }

  async #words(words: readonly string[], globals: GlobalFlags): Promise<number> {
    const target = resolve(this.#program, words);
    if (target.kind === 'management') {
      const summary = target.entry?.summary ?? this.#program.tagline;
      return this.#print(managementHelp(this.#program, target.words, summary, this.#io.columns));
    }
    const command = (await target.entry.load()).default;
    return this.#command(command, target.words, target.rest, globals);
  }

  async #command(
    command: AnyCommand<Context>,
    words: readonly string[],
    argv: readonly string[],
    globals: GlobalFlags,
  ): Promise<number> {
    const name = [this.#program.name, ...words].join(' ');
    const stopAtFirstPositional = command.stopAtFirstPositional ?? false;
    const parsed = this.#parse(
      () => parseArgv(argv, command.flags, { stopAtFirstPositional }),
      [this.#program.name, ...words],
    );
    if (parsed.help) {
      return this.#print(commandHelp(this.#program, command, words, this.#io.columns));
    }
    for (const warning of parsed.warnings) this.#io.stderr(`${warning}\n`);
    this.#checkArity(command, name, parsed.args.length);
    try {
      const context = await this.#program.createContext(globals);
      const { signal } = this.#io;
      const { given, dashAt } = parsed;
      return (
        (await command.run(context, parsed.flags, parsed.args, { signal, given, dashAt })) ?? 0
      );
    } catch (thrown) {
      const { debug } = globals;
      const named = thrown instanceof UsageError ? thrown.of(name) : thrown;
      const code = reportError({ name: this.#program.name, debug }, named, this.#io);
      const usual = code === 1 && !(thrown instanceof UsageError);
      return usual ? (command.failureExitCode ?? code) : code;
    }
  }

  #checkArity(command: AnyCommand<Context>, name: string, count: number): void {
    const problem = arityProblem(command.args, count);
    if (problem === undefined) return;
    const usage = `Usage:  ${name} ${usageOf(command)}`.trimEnd();
    const text = `${this.#program.name}: '${name}' ${problem}\n\n${usage}\n`;
    throw argumentError(text).of(name);
  }

  #parse<T>(read: () => T, words: readonly string[]): T {
    try {
      return read();
    } catch (thrown) {
      throw thrown instanceof UsageError ? thrown.of(words.join(' ')) : thrown;
    }
  }

  async #help(words: readonly string[]): Promise<number> {
    const named = words.filter((word) => word !== '--help' && word !== '-h');
    const target = this.#topic(named);
    if (target.kind === 'management')
      return this.#words(named, parseArgv([], this.#program.globals).flags);
    const command = (await target.entry.load()).default;
    return this.#print(commandHelp(this.#program, command, target.words, this.#io.columns));
  }

  #topic(words: readonly string[]) {
    try {
      return resolve(this.#program, words);
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      throw argumentError(`unknown help topic: ${words.join(' ')}`).of(this.#program.name);
    }
  }

  /** Prints a completion script; its module is loaded only here. */
  async #completion(words: readonly string[]): Promise<number> {
    const { completionScript, shells } = await import('./scripts.js');
    const { name } = this.#program;
    const usage = `Usage:  ${name} completion bash|zsh|fish`;
    const [word, ...more] = words;
    if (word === '--help' || word === '-h') {
      const how = `Print a completion script for your shell; load it with\n  source <(${name} completion bash)`;
      return this.#print(`${usage}\n\n${how}\n`);
    }
    if (word?.startsWith('-') === true) {
      throw flagError(`unknown flag: ${word}`).of(`${name} completion`);
    }
    const shell = shells.find((known) => known === word);
    if (shell === undefined || more.length > 0) {
      const problem = `${name}: '${name} completion' requires one of ${shells.join(', ')}`;
      throw argumentError(`${problem}\n\n${usage}\n`).of(`${name} completion`);
    }
    return this.#print(completionScript(shell, name));
  }

  async #complete(words: readonly string[], descriptions: boolean): Promise<number> {
    const { complete, completionText } = await import('./complete.js');
    const { signal } = this.#io;
    const found = await complete(this.#program, words, { signal });
    return this.#print(completionText(found, descriptions));
  }

  #print(text: string): number {
    this.#io.stdout(text);
    return 0;
  }
}
