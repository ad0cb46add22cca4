import type { CommandEntry, ManagementEntry, Outline, Program } from './program.js';
import { namesOf } from './program.js';
import { suggest } from './suggest.js';
import { argumentError, flagError } from './usage-error.js';

/** Where the words of a command line lead. `words` are those that named it, as typed. */
export type Target<Context> =
  | {
      readonly kind: 'command';
      readonly entry: CommandEntry<Context>;
      readonly words: readonly string[];
      readonly rest: readonly string[];
    }
  | {
      readonly kind: 'management';
      readonly entry: ManagementEntry | undefined;
      readonly words: readonly string[];
      readonly help: boolean;
    };

/**
 * Finds the command that the words after the global flags name. A management word alone, or nothing,
 * leads to its help.
 * @throws UsageError for a word that is no command (exit code 1) and for a flag where none is known.
 */
export function resolve<Context>(
  program: Program<Context>,
  argv: readonly string[],
): Target<Context> {
  const words: string[] = [];
  let management: ManagementEntry | undefined;
  for (const word of argv) {
    if (word.startsWith('-')) return managementFlag(program, management, words, word);
    const path = [...words, word];
    const entry = findCommand(program, path);
    if (entry !== undefined) {
      return { kind: 'command', entry, words: path, rest: argv.slice(path.length) };
    }
    management = findManagement(program, path);
    if (management === undefined) throw unknownCommand(program, words, word);
    words.push(word);
  }
  return { kind: 'management', entry: management, words, help: false };
}

function managementFlag<Context>(
  program: Program<Context>,
  entry: ManagementEntry | undefined,
  words: readonly string[],
  flag: string,
): Target<Context> {
  if (flag === '--help' || flag === '-h') return { kind: 'management', entry, words, help: true };
  const what = flag.startsWith('--')
    ? `unknown flag: ${flag.split('=', 1)[0]}`
    : `unknown shorthand flag: '${flag.slice(1, 2)}' in ${flag}`;
  throw flagError(what).of([program.name, ...words].join(' '));
}

export function findCommand<Context>(
  program: Pick<Program<Context>, 'commands'>,
  path: readonly string[],
): CommandEntry<Context> | undefined {
  return program.commands.find((entry) => namesOf(entry).some((name) => samePath(name, path)));
}

export function findManagement(
  program: Outline,
  path: readonly string[],
): ManagementEntry | undefined {
  return program.management.find((entry) => samePath(entry.path, path));
}

function samePath(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word, at) => word === right[at]);
}

/** A word that may follow `words`, with what it is. */
export interface NextWord {
  readonly word: string;
  readonly summary: string;
  readonly common: boolean;
  readonly management: boolean;
}

/** The words that may come after `words`, hidden ones left out, in the order of the registry. */
export function nextWords(program: Outline, words: readonly string[]): NextWord[] {
  const isNext = (path: readonly string[]): boolean =>
    path.length === words.length + 1 && samePath(path.slice(0, -1), words);
  const found: NextWord[] = [];
  for (const { path, summary, hidden } of program.management) {
    if (hidden === true || !isNext(path)) continue;
    found.push({ word: path.at(-1) ?? '', summary, common: false, management: true });
  }
  for (const entry of program.commands) {
    if (entry.hidden === true) continue;
    const path = namesOf(entry).find(isNext);
    if (path === undefined) continue;
    const common = entry.common === true && words.length === 0;
    found.push({ word: path.at(-1) ?? '', summary: entry.summary, common, management: false });
  }
  return found;
}

function unknownCommand(program: Outline, words: readonly string[], word: string) {
  const parent = [program.name, ...words].join(' ');
  const known = nextWords(program, words).map((next) => next.word);
  const hint = suggest(word, known);
  const text = `'${word}' is not a ${parent} command.${hint === '' ? '' : ` ${hint}`}`;
  return argumentError(`${program.name}: ${text}`).of(parent);
}
