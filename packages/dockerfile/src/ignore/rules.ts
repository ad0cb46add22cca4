import { InvalidArgumentError } from '@wharf/core';
import { isSpace, quote, skip, skipBack } from '../chars.js';
import { maxIgnoreLength, maxIgnoreRules, maxPatternLength } from '../limits.js';
import { atOnce, type Turns } from '../turns.js';
import { cleanRelative } from './clean.js';
import { compileGlob, type Glob } from './glob.js';

/** One line of an ignore file. */
export interface IgnoreRule {
  /** From 1. */
  readonly line: number;
  /** As it is matched: trimmed, cleaned, without `!` and a slash in front. */
  readonly pattern: string;
  /** `!`: what it matches is not ignored after all. */
  readonly exception: boolean;
  readonly glob: Glob;
}

/**
 * Reads a .dockerignore as moby does: `#` in the first column is a comment; white space around a pattern, `.`, `..`, double
 * slashes and one slash in front or at the end mean nothing; the last rule that matches wins.
 * @param name of the file, for messages
 * @throws InvalidArgumentError for a malformed pattern and for `!` alone
 */
export function parseIgnore(text: string, name = '.dockerignore'): readonly IgnoreRule[] {
  return atOnce(parseIgnoreInTurns(text, name));
}

/** As `parseIgnore`, line by line. */
export function* parseIgnoreInTurns(
  text: string,
  name = '.dockerignore',
): Turns<readonly IgnoreRule[]> {
  if (text.length > maxIgnoreLength) throw refuse(name, 1, 'the file is too long');
  const rules: IgnoreRule[] = [];
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  for (const [index, line] of lines.entries()) {
    yield;
    const rule = line.startsWith('#') ? undefined : readRule(trim(line), index + 1, name);
    if (rule !== undefined) rules.push(rule);
    if (rules.length > maxIgnoreRules) throw refuse(name, index + 1, 'there are too many rules');
  }
  return Object.freeze(rules);
}

function readRule(text: string, line: number, name: string): IgnoreRule | undefined {
  if (text === '') return undefined;
  const exception = text.startsWith('!');
  const written = exception ? trim(text.slice(1)) : text;
  if (written === '') throw refuse(name, line, 'there is nothing behind !');
  if (written.length > maxPatternLength) throw refuse(name, line, 'the pattern is too long');
  const pattern = cleanRelative(written);
  const glob = compileGlob(pattern);
  if (glob === undefined) throw refuse(name, line, `the pattern ${quote(written)} is malformed`);
  return Object.freeze({ line, pattern, exception, glob });
}

function trim(text: string): string {
  const start = skip(text, 0, isSpace);
  return text.slice(start, Math.max(start, skipBack(text, text.length, isSpace)));
}

function refuse(name: string, line: number, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(`${name}:${line}: ${problem}`, {
    facts: { file: name, line: String(line) },
  });
}
