import { DockerfileError } from '../error.js';
import type { Comment, EscapeCharacter, Heredoc, Statement } from '../parse/ast.js';
import type { Range, Source } from '../source/source.js';
import type { Word } from '../source/text.js';

/** What every instruction has. */
export interface InstructionBase {
  /** As written. */
  readonly keyword: Word;
  /** All of it on one line, trimmed. */
  readonly text: string;
  readonly range: Range;
  readonly source: Source;
  /** The escape character of its file. */
  readonly escape: EscapeCharacter;
  /** Comment lines directly above. */
  readonly comments: readonly Comment[];
}

/** `CMD ["a"]` runs a program, `CMD a` has a shell run a line. */
export type CommandLine =
  | { readonly form: 'exec'; readonly args: readonly Word[] }
  | { readonly form: 'shell'; readonly line: Word };

/** A pair of ENV or LABEL, quotes still on. */
export interface Pair {
  readonly key: Word;
  readonly value: Word;
}

export type { Heredoc };

export function baseOf(statement: Statement): InstructionBase {
  return {
    keyword: statement.keyword,
    text: statement.line.text,
    range: statement.range,
    source: statement.line.source,
    escape: statement.escape,
    comments: statement.comments,
  };
}

/** A problem with a statement or a part of it. */
export function problem(
  statement: Statement,
  text: string,
  at: { range?: Range; suggestion?: string | undefined } = {},
): DockerfileError {
  return new DockerfileError(text, {
    source: statement.line.source,
    range: at.range ?? statement.range,
    suggestion: at.suggestion,
  });
}

/** The instruction's name for messages. */
export function nameOf(statement: Statement): string {
  return statement.keyword.text.toUpperCase();
}

export function wordOf(word: Word): Word {
  return Object.freeze({ text: word.text, range: word.range });
}
