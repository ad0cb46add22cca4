import { parseDuration } from '@wharf/oci';
import type { Healthcheck } from '@wharf/core';
import { isSpace, skip } from '../chars.js';
import type { Statement } from '../parse/ast.js';
import { readJsonForm } from '../parse/json-form.js';
import { suggest } from '../suggest.js';
import { baseOf, problem, type InstructionBase } from './base.js';
import { Flags } from './flags.js';

/** `HEALTHCHECK NONE` or `HEALTHCHECK [flags] CMD command`. */
export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'healthcheck';
  readonly healthcheck: Healthcheck;
}

const durations = ['interval', 'timeout', 'start-period', 'start-interval'] as const;

/** Docker's floor: a shorter time would be none. */
const millisecond = 1_000_000n;

export function readHealthcheck(statement: Statement): HealthcheckInstruction {
  const known = Object.fromEntries(
    [...durations, 'retries'].map((name) => [name, 'text'] as const),
  );
  const flags = new Flags(statement, known);
  const time = (name: (typeof durations)[number]): bigint => readTime(statement, flags, name);
  const healthcheck = Object.freeze({
    test: Object.freeze(readTest(statement)),
    intervalNanos: time('interval'),
    timeoutNanos: time('timeout'),
    startPeriodNanos: time('start-period'),
    startIntervalNanos: time('start-interval'),
    retries: readRetries(statement, flags),
  });
  return Object.freeze({ ...baseOf(statement), kind: 'healthcheck', healthcheck });
}

function readTest(statement: Statement): string[] {
  const { rest } = statement;
  const end = skip(rest.text, 0, (c) => !isSpace(c));
  const type = rest.slice(0, end);
  const command = rest.slice(skip(rest.text, end, isSpace));
  if (type.text.toUpperCase() === 'NONE') {
    if (command.length > 0 || statement.flags.length > 0) {
      throw problem(statement, 'HEALTHCHECK NONE takes no arguments');
    }
    return ['NONE'];
  }
  if (type.text.toUpperCase() !== 'CMD') {
    throw problem(statement, 'HEALTHCHECK takes CMD and a command, or NONE', {
      range: type.range,
      suggestion: suggest(type.text, ['CMD', 'NONE']),
    });
  }
  const args = readJsonForm(command)?.map(({ text }) => text);
  if (args?.length === 0 || command.length === 0) {
    throw problem(statement, 'HEALTHCHECK CMD needs a command');
  }
  return args === undefined ? ['CMD-SHELL', command.text] : ['CMD', ...args];
}

function readTime(statement: Statement, flags: Flags, name: string): bigint {
  const word = flags.get(name);
  if (word === undefined || word.text === '') return 0n;
  let nanos: bigint;
  try {
    nanos = parseDuration(word.text);
  } catch {
    throw problem(statement, `--${name} is a duration like 30s or 1m30s, not ${word.text}`, word);
  }
  if (nanos < 0n || (nanos > 0n && nanos < millisecond)) {
    throw problem(statement, `--${name} must be 1ms or more`, { range: word.range });
  }
  return nanos;
}

function readRetries(statement: Statement, flags: Flags): number {
  const word = flags.get('retries');
  if (word === undefined || word.text === '') return 0;
  const retries = Number(word.text);
  if (Number.isInteger(retries) && retries >= 0 && retries < 2 ** 31) return retries;
  throw problem(statement, `--retries is a number from 0, not ${word.text}`, { range: word.range });
}
