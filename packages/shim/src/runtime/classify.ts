import { FailedPreconditionError } from '@wharf/core';

export interface StartFailure {
  /** 126: cannot be executed; 127: not found; 128: anything else. */
  readonly exitCode: 126 | 127 | 128;
  readonly message: string;
}

const notFound = /not found in \$PATH|no such file or directory|not a directory/i;
const notExecutable = /permission denied|is a directory|operation not permitted|exec format error/i;
/** Only what says something about the command itself; a missing mount source is no missing command. */
const aboutCommand = /exec: "|exec: |executable|chdir/i;

/** What the runtime's complaint means, with Docker's exit codes and its words for the common cases. */
export function classifyStartFailure(error: string, command: string): StartFailure {
  const text = error.replace(/^runc (run|exec) failed: |^exec failed: /, '').trim();
  if (!aboutCommand.test(text)) {
    return { exitCode: 128, message: text === '' ? 'the runtime failed without a word' : text };
  }
  if (notFound.test(text)) return { exitCode: 127, message: dockerWords(text, command, true) };
  if (notExecutable.test(text))
    return { exitCode: 126, message: dockerWords(text, command, false) };
  return { exitCode: 128, message: text };
}

/** crun does not name the command, or names it in words of its own. */
function dockerWords(text: string, command: string, missing: boolean): string {
  const prefix = 'unable to start container process: ';
  if (text.includes('exec: "') || /chdir/i.test(text)) {
    return text.startsWith(prefix) ? text : prefix + text;
  }
  const quoted = JSON.stringify(command);
  if (/exec format error/i.test(text)) return `${prefix}exec: ${quoted}: exec format error`;
  if (!missing) return `${prefix}exec: ${quoted}: permission denied`;
  if (!command.includes('/')) return `${prefix}exec: ${quoted}: executable file not found in $PATH`;
  const why = /not a directory/i.test(text) ? 'not a directory' : 'no such file or directory';
  return `${prefix}exec: ${quoted}: stat ${command}: ${why}`;
}

/** The failure as callers get it: facts.exitCode is what a CLI exits with. */
export function startFailureError(failure: StartFailure): FailedPreconditionError {
  return new FailedPreconditionError(failure.message, {
    facts: { exitCode: String(failure.exitCode) },
  });
}
