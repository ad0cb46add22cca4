import { isBlank, isSpace, skip } from '../chars.js';
import type { Range } from '../source/source.js';
import type { Text } from '../source/text.js';
import type { Comment, EscapeCharacter, Heredoc, Statement } from './ast.js';
import { readFlags } from './flags.js';
import { findHeredocs, type HeredocStart } from './heredoc.js';
import { isJsonForm } from './json-form.js';

/** The joined lines of one instruction. */
export interface Logical {
  readonly text: Text;
  readonly emptyLines: readonly Range[];
}

interface Surroundings {
  readonly escape: EscapeCharacter;
  readonly comments: readonly Comment[];
  /** Reads the content of a heredoc from the lines that follow. */
  readHeredoc(start: HeredocStart): Heredoc;
}

/** Splits an instruction into keyword, flags and the rest, and collects its heredocs. */
export function readStatement(logical: Logical, around: Surroundings): Statement {
  const line = logical.text.trim();
  const head = split(line, around.escape);
  const trigger =
    head.keyword.text.toUpperCase() === 'ONBUILD' && head.rest.length > 0
      ? split(head.rest, around.escape)
      : undefined;
  const heredocs = Object.freeze(
    takesHeredocs(trigger ?? head)
      ? findHeredocs(line).map((start) => around.readHeredoc(start))
      : [],
  );
  const end = heredocs.at(-1)?.range.end ?? line.range.end;
  const common = {
    heredocs,
    escape: around.escape,
    comments: around.comments,
    emptyLines: logical.emptyLines,
  };
  return Object.freeze({
    ...head,
    ...common,
    line,
    range: Object.freeze({ start: line.range.start, end }),
    ...(trigger === undefined
      ? {}
      : {
          trigger: Object.freeze({
            ...trigger,
            ...common,
            line: head.rest,
            range: Object.freeze({ start: head.rest.range.start, end }),
          }),
        }),
  });
}

type Head = Pick<Statement, 'keyword' | 'flags' | 'rest'>;

function split(line: Text, escape: string): Head {
  const end = skip(line.text, 0, (c) => !isBlank(c));
  const word = line.slice(0, end);
  const args = line.slice(skip(line.text, end, isSpace));
  return { keyword: { text: word.text, range: word.range }, ...readFlags(args, escape) };
}

function takesHeredocs({ keyword, rest }: Head): boolean {
  const name = keyword.text.toUpperCase();
  return (name === 'RUN' || name === 'COPY' || name === 'ADD') && !isJsonForm(rest);
}
