import type { AnyCommand, Example } from './command.js';
import { usageOf } from './command.js';
import type { FlagDefinition, FlagTable, FlagType } from './flags.js';
import type { Outline } from './program.js';
import { nextWords, type NextWord } from './resolve.js';
import { twoColumns, wrapText } from './wrap.js';

const placeholders: Readonly<Record<FlagType, string>> = {
  bool: '',
  count: '',
  string: 'string',
  strings: 'list',
  int: 'int',
  decimal: 'decimal',
  duration: 'duration',
  bytes: 'bytes',
};

/** The rows of an options table, without heading. */
export function optionLines(table: FlagTable, width: number): string[] {
  const shown = Object.entries(table).filter(
    ([, flag]) => flag.hidden !== true && flag.deprecated === undefined,
  );
  shown.sort(([left], [right]) => (left < right ? -1 : 1));
  const rows = shown.map(([name, flag]): [string, string] => [
    optionName(name, flag),
    flag.description + defaultNote(flag),
  ]);
  return twoColumns(rows, { width, gap: 3 });
}

function optionName(name: string, flag: FlagDefinition): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.placeholder ?? placeholders[flag.type];
  const text = flag.bare === undefined ? ` ${value}` : `[=${value}]`;
  return `  ${short}--${name}${value === '' ? '' : text}`;
}

function defaultNote(flag: FlagDefinition): string {
  if (flag.defaultText !== undefined) return ` (default ${flag.defaultText})`;
  const value = flag.default;
  if (value === undefined || value === false || value === '' || value === 0) return '';
  if (Array.isArray(value)) return value.length === 0 ? '' : ` (default [${value.join(',')}])`;
  return ` (default ${typeof value === 'string' ? JSON.stringify(value) : String(value)})`;
}

/** The help of one command. `words` are the name under which it was called. */
export function commandHelp(
  program: Outline,
  command: AnyCommand<never>,
  words: readonly string[],
  width: number,
): string {
  const usage = ['Usage: ', program.name, ...words, usageOf(command)].join(' ').trimEnd();
  const names = [command.path, ...(command.aliases ?? [])];
  const options = optionLines(command.flags, width);
  return sections([
    [usage],
    wrapText(command.description ?? command.summary, width),
    names.length > 1
      ? ['Aliases:', `  ${names.map((name) => [program.name, ...name].join(' ')).join(', ')}`]
      : [],
    (command.examples ?? []).length > 0 ? exampleLines(command.examples ?? []) : [],
    options.length > 0 ? ['Options:', ...options] : [],
  ]);
}

function exampleLines(examples: readonly Example[]): string[] {
  return ['Examples:', ...examples.flatMap(({ text, command }) => [`  # ${text}`, `  ${command}`])];
}

/** The help of the program (no words) or of a management word. */
export function managementHelp(
  program: Outline,
  words: readonly string[],
  summary: string,
  width: number,
): string {
  const name = [program.name, ...words].join(' ');
  const next = nextWords(program, words);
  const widest = Math.max(0, ...next.map(({ word }) => word.length));
  const list = (title: string, chosen: readonly NextWord[]): string[] =>
    chosen.length === 0
      ? []
      : [title, ...chosen.map((one) => `  ${one.word.padEnd(widest)}  ${one.summary}`)];
  const top = words.length === 0;
  return sections([
    [`Usage:  ${name} ${top ? '[OPTIONS] ' : ''}COMMAND`],
    [summary],
    list(
      'Common Commands:',
      next.filter((one) => one.common),
    ),
    list('Management Commands:', sorted(next.filter((one) => one.management))),
    list('Commands:', sorted(next.filter((one) => !one.common && !one.management))),
    top ? ['Global Options:', ...optionLines(program.globals, width)] : [],
    [`Run '${name} COMMAND --help' for more information on a command.`],
  ]);
}

function sorted(words: readonly NextWord[]): NextWord[] {
  return [...words].sort((left, right) => (left.word < right.word ? -1 : 1));
}

function sections(parts: readonly (readonly string[])[]): string {
  const shown = parts.filter((part) => part.length > 0).map((part) => part.join('\n'));
  return `${shown.join('\n\n')}\n`;
}
