import { WharfError } from '@wharf/core';
import { excerpt } from './source/excerpt.js';
import type { Range, Source } from './source/source.js';

export interface Problem {
  readonly source: Source;
  readonly range: Range;
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
  /** `invalid-argument` unless said. */
  readonly code?: 'invalid-argument' | 'resource-exhausted' | 'unimplemented';
  readonly cause?: unknown;
}

/**
 * A Dockerfile that cannot be built. The message has the file, the line and the suggestion; `excerpt` and
 * `facts.excerpt` the offending lines.
 */
export class DockerfileError extends WharfError {
  readonly file: string;
  readonly range: Range;
  readonly problem: string;
  readonly excerpt: string;
  readonly suggestion?: string;

  constructor(problem: string, { source, range, suggestion, code, cause }: Problem) {
    const hint = suggestion === undefined ? '' : `: did you mean ${suggestion}?`;
    const lines = excerpt(source, range);
    super(code ?? 'invalid-argument', `${source.name}:${range.start.line}: ${problem}${hint}`, {
      ...(cause === undefined ? {} : { cause }),
      facts: {
        file: source.name,
        line: String(range.start.line),
        column: String(range.start.column),
        endLine: String(range.end.line),
        endColumn: String(range.end.column),
        excerpt: lines,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    });
    this.name = 'DockerfileError';
    this.file = source.name;
    this.range = range;
    this.problem = problem;
    this.excerpt = lines;
    if (suggestion !== undefined) this.suggestion = suggestion;
  }
}
