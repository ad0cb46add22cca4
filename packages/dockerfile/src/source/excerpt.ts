import { maxExcerptLines } from '../limits.js';
import type { Range, Source } from './source.js';

const around = 2;
const maxColumns = 160;

/**
 * The lines of a range with two before and after, numbered, the range's own marked with `>>`; long lines and long ranges are
 * cut.
 */
export function excerpt(source: Source, range: Range): string {
  const first = Math.max(1, range.start.line - around);
  const last = Math.min(source.lines, lastLine(range) + around, first + maxExcerptLines);
  const width = String(last).length + 1;
  const lines: string[] = [];
  for (let number = first; number <= last; number++) {
    const marked = number >= range.start.line && number <= lastLine(range);
    const text = `${marked ? '>>' : '  '} ${String(number).padStart(width)} | ${shorten(source.line(number))}`;
    lines.push(text.trimEnd());
  }
  return lines.join('\n');
}

/** The last line that has a character of the range. */
export function lastLine({ start, end }: Range): number {
  return end.column === 1 && end.line > start.line ? end.line - 1 : end.line;
}

function shorten(line: string): string {
  return line.length > maxColumns ? `${line.slice(0, maxColumns)}…` : line;
}
