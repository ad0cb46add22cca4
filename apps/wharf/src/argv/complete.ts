import type { AnyCommand, ArgumentSpec } from './command.js';
import { flagNamed, isBare, nameOfShort } from './flags.js';
import type { FlagDefinition, FlagTable } from './flags.js';
import { parseArgv, visibleNames } from './parse.js';
import type { Candidate, GlobalFlags, Outline } from './program.js';
import { findCommand, findManagement, nextWords } from './resolve.js';

/** What the shell is to do with the candidates; bits of Cobra's protocol. */
export const directives = { files: 0, error: 1, noSpace: 2, noFiles: 4, directories: 16 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

/** What of a command line is looked at: the words before the one that is typed, and that one. */
interface Line {
  readonly before: readonly string[];
  readonly typed: string;
}

const nothing: Completion = { candidates: [], directive: directives.noFiles };

/**
 * Candidates for the last of `words` (which may be empty). Never throws: what cannot be told is left
 * out, so that a completion does not disturb the shell.
 */
export async function complete(
  program: Outline,
  words: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<Completion> {
  const line = { before: words.slice(0, -1), typed: words.at(-1) ?? '' };
  try {
    return await new Completer(program, signal).line(line);
  } catch {
    return { candidates: [], directive: directives.error };
  }
}

class Completer {
  readonly #program: Outline;
  readonly #signal: AbortSignal;
  #globals: readonly string[] = [];
  #words: readonly string[] = [];

  constructor(program: Outline, signal: AbortSignal) {
    this.#program = program;
    this.#signal = signal;
  }

  async line({ before, typed }: Line): Promise<Completion> {
    const scan = scanFlags(this.#program.globals, before, true);
    if (scan.pending !== undefined) return this.#flagValue(scan.pending, typed, '');
    this.#globals = before.slice(0, before.length - scan.args.length);
    const words = scan.args;
    for (let count = 1; count <= words.length; count++) {
      const path = words.slice(0, count);
      const entry = findCommand(this.#program, path);
      if (entry !== undefined) {
        const command = (await entry.load()).default as AnyCommand<never>;
        return this.#command(command, { before: words.slice(count), typed });
      }
      if (findManagement(this.#program, path) === undefined) return nothing;
    }
    if (typed.startsWith('-')) {
      return words.length === 0 ? this.#flag(this.#program.globals, typed) : helpOnly(typed);
    }
    const next = nextWords(this.#program, words);
    return matching(
      next.map(({ word, summary }) => ({ value: word, description: summary })),
      typed,
    );
  }

  async #command(command: AnyCommand<never>, { before, typed }: Line): Promise<Completion> {
    this.#words = before;
    const scan = scanFlags(command.flags, before, command.stopAtFirstPositional ?? false);
    if (scan.pending !== undefined) return this.#flagValue(scan.pending, typed, '');
    if (typed.startsWith('-') && !scan.stopped) return this.#flag(command.flags, typed);
    const spec = argumentAt(command.args, scan.args.length);
    if (spec === undefined) return nothing;
    if (spec.complete === undefined) return { candidates: [], directive: directives.files };
    const found = await this.#objects(spec.complete, typed);
    const taken = new Set(spec.multiple === true ? scan.args : []);
    return {
      ...found,
      candidates: found.candidates.filter(({ value }) => !taken.has(value)),
    };
  }

  #flag(table: FlagTable, typed: string): Completion | Promise<Completion> {
    const equals = typed.indexOf('=');
    if (typed.startsWith('--') && equals > 0) {
      const flag = flagNamed(table, typed.slice(2, equals));
      if (flag === undefined) return nothing;
      return this.#flagValue(flag, typed.slice(equals + 1), typed.slice(0, equals + 1));
    }
    const names = visibleNames(table).flatMap((name): Candidate[] => {
      const flag = table[name];
      const description = flag?.description ?? '';
      const short = flag?.short === undefined ? [] : [{ value: `-${flag.short}`, description }];
      return [{ value: `--${name}`, description }, ...short];
    });
    return matching([...names, { value: '--help', description: 'Print usage' }], typed);
  }

  async #flagValue(flag: FlagDefinition, typed: string, prefix: string): Promise<Completion> {
    const values = flag.values ?? (flag.type === 'bool' ? ['true', 'false'] : undefined);
    const found =
      values === undefined
        ? await this.#objects(flag.complete, typed)
        : matching(
            values.map((value) => ({ value })),
            typed,
          );
    if (prefix === '') return found;
    const candidates = found.candidates.map((one) => ({ ...one, value: prefix + one.value }));
    return { ...found, candidates };
  }

  async #objects(kind: string | undefined, prefix: string): Promise<Completion> {
    if (kind === undefined || kind === 'none') return nothing;
    if (kind === 'file') return { candidates: [], directive: directives.files };
    if (kind === 'directory') return { candidates: [], directive: directives.directories };
    const [objects = '', otherwise] = kind.split('|');
    const words = this.#words;
    const globals = this.#globalFlags();
    const request = { kind: objects, prefix, words, globals, signal: this.#signal };
    const found = matching((await this.#program.complete?.(request)) ?? [], prefix);
    const none = found.candidates.length === 0;
    if (none && otherwise === 'file') return { candidates: [], directive: directives.files };
    return none && otherwise === 'directory'
      ? { candidates: [], directive: directives.directories }
      : found;
  }

  #globalFlags(): GlobalFlags {
    return parseArgv(this.#globals, this.#program.globals).flags;
  }
}

function helpOnly(typed: string): Completion {
  return matching([{ value: '--help', description: 'Print usage' }], typed);
}

function matching(candidates: readonly Candidate[], prefix: string): Completion {
  const found = candidates.filter(({ value }) => value.startsWith(prefix));
  const goesOn = found.length > 0 && found.every(({ value }) => /[:=,]$/.test(value));
  return { candidates: found, directive: directives.noFiles | (goesOn ? directives.noSpace : 0) };
}

function argumentAt(args: readonly ArgumentSpec[], at: number): ArgumentSpec | undefined {
  const last = args.at(-1);
  return args[at] ?? (last?.multiple === true ? last : undefined);
}

interface Scan {
  readonly args: readonly string[];
  /** The flag whose value is the next word. */
  readonly pending: FlagDefinition | undefined;
  /** Whether no flag can follow. */
  readonly stopped: boolean;
}

/** Reads words as the parser does, without refusing any. */
function scanFlags(table: FlagTable, words: readonly string[], stopEarly: boolean): Scan {
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--')
      return { args: [...args, ...words.slice(at + 1)], pending: undefined, stopped: true };
    if (!word.startsWith('-') || word === '-') {
      if (stopEarly) return { args: words.slice(at), pending: undefined, stopped: true };
      args.push(word);
      continue;
    }
    const flag = openFlag(table, word);
    if (flag === undefined) continue;
    if (at === words.length - 1) return { args, pending: flag, stopped: false };
    at++;
  }
  return { args, pending: undefined, stopped: false };
}

/** The flag of a word that takes the next word as its value. */
function openFlag(table: FlagTable, word: string): FlagDefinition | undefined {
  if (word.includes('=')) return undefined;
  if (word.startsWith('--')) {
    const flag = flagNamed(table, word.slice(2));
    return flag === undefined || isBare(flag) ? undefined : flag;
  }
  const letters = [...word.slice(1)];
  for (const [at, letter] of letters.entries()) {
    const name = nameOfShort(table, letter);
    const flag = name === undefined ? undefined : table[name];
    if (flag === undefined) return undefined;
    if (!isBare(flag)) return at === letters.length - 1 ? flag : undefined;
  }
  return undefined;
}

/** The completion as the scripts read it: a candidate per line, then `:directive`. */
export function completionText(completion: Completion, withDescriptions: boolean): string {
  const lines = completion.candidates.map(({ value, description }) => {
    const word = oneLine(value);
    return withDescriptions && description !== undefined && description !== ''
      ? `${word}\t${oneLine(description)}`
      : word;
  });
  return [...lines, `:${completion.directive}`, ''].join('\n');
}

/** A candidate must not break the protocol nor reach the terminal with control characters. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
