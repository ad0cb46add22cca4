import type { Range, Source } from '../source/source.js';
import type { Text, Word } from '../source/text.js';

export type EscapeCharacter = '\\' | '`';

/** `# name=value` above everything else. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check' | 'wharf';
  readonly value: Word;
  readonly range: Range;
}

/** A comment line without its `#` and the white space around it. */
export type Comment = Word;

/** `--name` or `--name=value`, quotes and escapes taken off. */
export interface Flag {
  readonly name: string;
  readonly value?: Text;
  readonly range: Range;
}

/** The content that follows an instruction with `<<WORD`. */
export interface Heredoc {
  /** The word that ends it, without quotes. */
  readonly name: string;
  /** As written: `<<-"EOF"`. */
  readonly word: Word;
  /** False when the word was quoted: nothing in the content is expanded. */
  readonly expand: boolean;
  /** `<<-`: leading tabs go. */
  readonly stripTabs: boolean;
  /** `3<<EOF`; 0 when it is not said. */
  readonly descriptor: number;
  /** With its line ends, before tabs are stripped. */
  readonly content: string;
  /** From the first line of the content to the end of the terminator. */
  readonly range: Range;
}

/** One instruction before its arguments are understood. */
export interface Statement {
  readonly keyword: Word;
  readonly flags: readonly Flag[];
  /** What follows the flags, trimmed, with continuations joined. */
  readonly rest: Text;
  /** All of it, joined and trimmed. */
  readonly line: Text;
  readonly heredocs: readonly Heredoc[];
  /** Comment lines directly above. */
  readonly comments: readonly Comment[];
  /** Empty lines inside a continuation. */
  readonly emptyLines: readonly Range[];
  /** From the keyword to the end of the last heredoc. */
  readonly range: Range;
  readonly escape: EscapeCharacter;
  /** What ONBUILD carries. */
  readonly trigger?: Statement;
}

export interface Ast {
  readonly source: Source;
  readonly escape: EscapeCharacter;
  readonly directives: readonly Directive[];
  readonly statements: readonly Statement[];
}
