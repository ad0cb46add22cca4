import { isSpace, skipBack } from '../chars.js';
import type { Source } from '../source/source.js';

/** A physical line: offsets of its start, of the end of its text, and of the next line. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Reads a source line by line. A byte order mark at the start belongs to no line. */
export class LineReader {
  readonly source: Source;
  #at: number;

  constructor(source: Source) {
    this.source = source;
    this.#at = source.text.startsWith('\uFEFF') ? 1 : 0;
  }

  get atStart(): boolean {
    return this.#at === 0 || (this.#at === 1 && this.source.text.startsWith('\uFEFF'));
  }

  next(): Line | undefined {
    const { text } = this.source;
    const start = this.#at;
    if (start >= text.length) return undefined;
    const newline = text.indexOf('\n', start);
    this.#at = newline < 0 ? text.length : newline + 1;
    let end = newline < 0 ? text.length : newline;
    while (end > start && text[end - 1] === '\r') end--;
    return { start, end, next: this.#at };
  }
}

/** Where the text of a line begins. */
export function indent(text: string, { start, end }: Line): number {
  let at = start;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

export function isComment(text: string, line: Line): boolean {
  const at = indent(text, line);
  return at < line.end && text[at] === '#';
}

/**
 * Where the text ends that a continuation character at the end of the line leaves; undefined when the line does not go on.
 * Two continuation characters are one escaped character and end the line.
 */
export function continuation(
  text: string,
  start: number,
  end: number,
  escape: string,
): number | undefined {
  const last = skipBack(text, end, (c) => c === 0x20 || c === 0x09) - 1;
  if (last < start || text[last] !== escape) return undefined;
  return last > start && text[last - 1] === escape ? undefined : last;
}
