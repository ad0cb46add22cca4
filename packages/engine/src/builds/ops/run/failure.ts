import { FailedPreconditionError, ResourceExhaustedError, type WharfError } from '@wharf/core';
import type { StepEnd } from '../../step-runner.js';

/** Of the message; a script of a heredoc may be long. */
const maxCommand = 4096;

/**
 * What a step that ended with another code than 0 is told as, in BuildKit's words.
 * @param foreign the hint of `watchForeign`
 * @param full the file system that it wrote to, if that has no room
 */
export function stepFailure(
  args: readonly string[],
  { exitCode, oomKilled }: StepEnd,
  { foreign = '', full }: { readonly foreign?: string; readonly full?: string | undefined } = {},
): WharfError {
  const command = args.join(' ');
  const shown = command.length > maxCommand ? `${command.slice(0, maxCommand)}…` : command;
  const hint = oomKilled
    ? ': cannot allocate memory, the step was ended for lack of it; give the build more with --memory'
    : foreign;
  const text = `process ${JSON.stringify(shown)} did not complete successfully: exit code: ${exitCode}${hint}`;
  const facts = { exitCode: String(exitCode), ...(oomKilled ? { oomKilled: 'true' } : {}) };
  if (full === undefined) return new FailedPreconditionError(text, { facts });
  return new ResourceExhaustedError(
    `${text}: no space left on the file system at ${full}, give it more room or prune`,
    { facts: { ...facts, path: full } },
  );
}
