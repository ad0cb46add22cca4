import { DockerfileError } from '../error.js';
import { maxContentLength, maxWordLength } from '../limits.js';
import type { Source } from '../source/source.js';
import type { Word } from '../source/text.js';
import type { Budget } from './budget.js';
import { WordReader } from './reader.js';
import { Sink } from './sink.js';

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface Expansion {
  readonly text: string;
  /** The text split at white space outside of quotes; empty unless asked for. */
  readonly words: readonly string[];
  /** The names that were asked for, set or not. */
  readonly used: ReadonlySet<string>;
  /** The names that were not set where nothing was given for that case. */
  readonly missing: ReadonlySet<string>;
}

export interface ExpandOptions {
  readonly source: Source;
  readonly escape: string;
  readonly lookUp: Lookup;
  readonly budget: Budget;
  readonly split?: boolean;
}

/**
 * Takes off quotes and escapes and puts in variables, as a shell does in one word: `$v ${v} ${v:-x} ${v:+x} ${v:?x}` and the
 * same without the colon for unset alone, `${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/x} ${v//p/x}`. What is put in is not read
 * again.
 * @throws DockerfileError at the word
 */
export function expandWord(word: Word, options: ExpandOptions): Expansion {
  return run(word, options, { quotes: true, limit: maxWordLength });
}

/** The same for the content of a heredoc: quotes are text, and `\` escapes `$`, `` ` ``, itself and a line end only. */
export function expandContent(content: Word, options: ExpandOptions): Expansion {
  return run(content, { ...options, escape: '\\' }, { quotes: false, limit: maxContentLength });
}

function run(
  word: Word,
  options: ExpandOptions,
  mode: { readonly quotes: boolean; readonly limit: number },
): Expansion {
  const { source, lookUp, budget } = options;
  const fail = (problem: string, code?: 'resource-exhausted'): DockerfileError =>
    new DockerfileError(problem, {
      source,
      range: word.range,
      ...(code === undefined ? {} : { code }),
    });
  const reader = new WordReader(word.text, {
    ...mode,
    escape: options.escape,
    lookUp,
    budget,
    fail,
  });
  const sink = new Sink(options.split);
  reader.readAll(sink);
  return { text: sink.text, words: sink.words(), used: reader.used, missing: reader.missing };
}
