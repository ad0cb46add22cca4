import { toWharfError, type ErrorCode, type WharfError } from '@wharf/core';
import { escapeControls } from './escape.js';
import { redact } from './redact.js';

export interface DescribeOptions {
  /** The program's name, before the message. */
  readonly name: string;
  /** Adds the chain of causes. */
  readonly debug?: boolean;
}

const maxCauses = 10;

/** What to try, by the kind of failure; the error's own `facts.hint` comes first. */
const hints: Partial<Record<ErrorCode, string>> = {
  internal: 'this is a bug of wharf; run the command again with --debug and report what it prints',
};

/**
 * An error for people: `wharf: <message>`, then hints, each on its own line. Control characters are
 * escaped and secrets taken out. Empty for an error that only carries an exit code.
 */
export function describeError(thrown: unknown, options: DescribeOptions): string {
  if (thrown instanceof ExitCode) return '';
  const error = toWharfError(thrown);
  const lines = [`${options.name}: ${clean(error.message)}`, ...hintLines(error)];
  if (options.debug === true) lines.push(...causeLines(error));
  return `${lines.join('\n')}\n`;
}

function hintLines(error: WharfError): string[] {
  const hint = error.facts['hint'] ?? hints[error.code];
  return hint === undefined ? [] : hint.split('\n').map((line) => `  ${clean(line)}`);
}

function causeLines(error: WharfError): string[] {
  const lines: string[] = [`  code: ${error.code}`];
  let cause: unknown = error.cause;
  for (let depth = 0; cause !== undefined && depth < maxCauses; depth++) {
    lines.push(`  caused by: ${clean(cause instanceof Error ? cause.message : String(cause))}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** Line breaks are kept: a message may show lines of a file. */
function clean(text: string): string {
  return redact(text)
    .split('\n')
    .map((line) => escapeControls(line))
    .join('\n');
}

/** Ends the program with that code and without a message: the container has said what there is. */
export class ExitCode extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.name = 'ExitCode';
    this.exitCode = exitCode;
  }
}

/**
 * The exit code of a failure: an `exitCode` that it carries; 130 for an interruption; else 1.
 * Whether 125, 126 or 127 apply is for run, exec and start to decide.
 */
export function exitCodeOf(thrown: unknown): number {
  if (typeof thrown === 'object' && thrown !== null && 'exitCode' in thrown) {
    const code = Number(thrown.exitCode);
    if (Number.isInteger(code) && code >= 0 && code <= 255) return code;
  }
  return toWharfError(thrown).code === 'cancelled' ? 130 : 1;
}
