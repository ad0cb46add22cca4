import { InvalidArgumentError } from '@wharf/core';

/** A template that does not parse or cannot be evaluated, worded as Go's text/template words it. */
export class TemplateError extends InvalidArgumentError {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

/** The 1-based line of a character position. */
export function lineOf(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) {
    line++;
  }
  return line;
}

/** A failure of parsing, of the given line; the template's own name is shown after the first colon. */
export function parseFailure(name: string, line: number, message: string): TemplateError {
  return new TemplateError(`template parsing error: template: ${name}:${line}: ${message}`);
}
