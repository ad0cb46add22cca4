import { toWharfError, WharfError } from '@wharf/core';
import type { BuildState } from '../../format/build-progress/index.js';
import { describeError } from '../../format/errors.js';
import { escapeControls } from '../../format/escape.js';

const shownLines = 30;

/**
 * What is told of a build that failed: the last lines of the failed step, the lines of the Dockerfile, the error.
 * @param debug with the chain of causes
 */
export function failureText(thrown: unknown, state: BuildState, debug: boolean): string {
  const error = toWharfError(thrown);
  return [
    ...stepLines(state),
    ...excerptLines(error),
    describeError(renamed(error), { name: 'ERROR', debug }),
  ].join('');
}

function stepLines(state: BuildState): string[] {
  const failed = state.steps.find((step) => step.state.kind === 'failed');
  if (failed === undefined || failed.lines.length === 0) return [];
  const lines = failed.lines.slice(-shownLines);
  const output = lines.map(({ at, text }) => `${at.toFixed(3)} ${text}\n`);
  return ['------\n', ` > ${failed.name}:\n`, ...output, '------\n'];
}

function excerptLines({ facts }: WharfError): string[] {
  const { excerpt = '', file, line } = facts;
  if (excerpt === '') return [];
  const place =
    file === undefined ? '' : `${escapeControls(file)}${line === undefined ? '' : `:${line}`}\n`;
  const rule = `${'-'.repeat(20)}\n`;
  const body = excerpt
    .split('\n')
    .filter((text, at, all) => text !== '' || at < all.length - 1)
    .map((text) => `${escapeControls(text.replaceAll('\t', '    '))}\n`);
  return [place, rule, ...body, rule];
}

/** In docker's words. */
function renamed({ code, message, cause, facts }: WharfError): WharfError {
  return new WharfError(code, `failed to build: ${message}`, { cause, facts });
}
