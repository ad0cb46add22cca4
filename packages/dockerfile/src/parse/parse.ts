import { DockerfileError } from '../error.js';
import { maxInstructions, maxNotedLines, maxTextLength } from '../limits.js';
import { Source } from '../source/source.js';
import { TextBuilder } from '../source/text.js';
import { atOnce, type Turns } from '../turns.js';
import type { Ast, Comment, Heredoc, Statement } from './ast.js';
import { DirectiveReader } from './directives.js';
import { stripTabs, type HeredocStart } from './heredoc.js';
import { continuation, indent, isComment, LineReader, type Line } from './lines.js';
import { readStatement, type Logical } from './statement.js';

/**
 * The first stage: lines, directives, comments, continuations and heredocs.
 * @param name of the file, for messages
 * @throws DockerfileError and nothing else, whatever the text
 */
export function parse(text: string, name = 'Dockerfile'): Ast {
  return atOnce(parseInTurns(text, name));
}

/** As `parse`, instruction by instruction. */
export function parseInTurns(text: string, name = 'Dockerfile'): Turns<Ast> {
  return new Parser(new Source(name, text)).parse();
}

class Parser {
  readonly #source: Source;
  readonly #lines: LineReader;
  readonly #directives: DirectiveReader;
  readonly #statements: Statement[] = [];
  #comments: Comment[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#lines = new LineReader(source);
    this.#directives = new DirectiveReader(source);
  }

  *parse(): Turns<Ast> {
    if (this.#source.text.length > maxTextLength) {
      throw this.#exhausted(`the file is longer than ${maxTextLength} characters`, 0);
    }
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      yield* this.#read(line);
      yield;
    }
    return Object.freeze({
      source: this.#source,
      escape: this.#directives.escape,
      directives: Object.freeze(this.#directives.directives),
      statements: Object.freeze(this.#statements),
    });
  }

  *#read(line: Line): Turns<void> {
    const start = indent(this.#source.text, line);
    const isDirective = this.#directives.read(start, line.end);
    if (isComment(this.#source.text, line)) {
      if (!isDirective) this.#comment(start, line.end);
      return;
    }
    const logical = yield* this.#join({ ...line, start });
    if (logical.text.trim().length === 0) {
      this.#comments = [];
      return;
    }
    const comments = Object.freeze(this.#comments);
    this.#comments = [];
    if (this.#statements.length >= maxInstructions) {
      throw this.#exhausted(`more than ${maxInstructions} instructions`, start);
    }
    this.#statements.push(
      readStatement(logical, {
        escape: this.#directives.escape,
        comments,
        readHeredoc: (heredoc) => this.#heredoc(heredoc, logical),
      }),
    );
  }

  #comment(start: number, end: number): void {
    const text = this.#source.text.slice(start + 1, end).trim();
    if (text === '') this.#comments = [];
    else {
      if (this.#comments.length >= maxNotedLines) this.#comments.shift();
      this.#comments.push(Object.freeze({ text, range: this.#source.range(start, end) }));
    }
  }

  /** Joins the lines of one instruction; comments between them vanish, empty lines too, but those are remembered. */
  *#join(first: Line): Turns<Logical> {
    const { text } = this.#source;
    const escape = this.#directives.escape;
    const builder = new TextBuilder(this.#source);
    const emptyLines = [];
    let end = continuation(text, first.start, first.end, escape);
    builder.append(first.start, end ?? first.end);
    while (end !== undefined) {
      yield;
      const line = this.#lines.next();
      if (line === undefined) break;
      if (isComment(text, line)) continue;
      if (indent(text, line) === line.end) {
        if (emptyLines.length < maxNotedLines) {
          emptyLines.push(this.#source.range(line.start, line.end));
        }
        continue;
      }
      end = continuation(text, line.start, line.end, escape);
      builder.append(line.start, end ?? line.end);
    }
    return { text: builder.build(first.start), emptyLines: Object.freeze(emptyLines) };
  }

  #heredoc(start: HeredocStart, { text: line }: Logical): Heredoc {
    const { text } = this.#source;
    let from: number | undefined;
    for (let next = this.#lines.next(); next !== undefined; next = this.#lines.next()) {
      from ??= next.start;
      const last = text.slice(next.start, next.end);
      if ((start.stripTabs ? stripTabs(last) : last) === start.name) {
        const content = text.slice(from, next.start);
        return Object.freeze({ ...start, content, range: this.#source.range(from, next.end) });
      }
    }
    throw new DockerfileError(
      `the heredoc ${start.word.text} has no end: write ${start.name} alone on a line`,
      { source: this.#source, range: line.range },
    );
  }

  #exhausted(problem: string, offset: number): DockerfileError {
    return new DockerfileError(problem, {
      source: this.#source,
      range: this.#source.range(offset, offset),
      code: 'resource-exhausted',
    });
  }
}
