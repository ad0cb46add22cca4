import { InvalidArgumentError } from '@wharf/core';
import { parseDecimal, quote } from './chars.js';

const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';

/** Numbers of signal(7) for x86 and ARM. */
const numbers: ReadonlyMap<string, number> = new Map<string, number>([
  ...names.split(' ').map((name, i) => [name, i + 1] as const),
  ['IOT', 6],
  ['CLD', 17],
  ['POLL', 29],
  ['UNUSED', 31],
]);

const byNumber: ReadonlyMap<number, string> = new Map(
  names.split(' ').map((name, i) => [i + 1, name]),
);

/** The first real-time signal that a program may use: glibc keeps 32 and 33 for itself. */
const realTimeMin = 34;
const realTimeMax = 64;

/**
 * The number of a signal written as `SIGTERM`, `term`, `15`, `RTMIN+3` or `SIGRTMAX-1`.
 * @throws InvalidArgumentError outside 1 to 64
 */
export function parseSignal(text: string): number {
  const number = parseDecimal(text) ?? named(text);
  if (number !== undefined && number >= 1 && number <= realTimeMax) return number;
  throw new InvalidArgumentError(
    `invalid signal: ${quote(text)}: give a name like SIGTERM or a number from 1 to ${realTimeMax}`,
  );
}

/** `SIGTERM` for 15; `SIGRTMIN+n` for real-time ones; the number as text when it has no name. */
export function signalName(number: number): string {
  const name = byNumber.get(number);
  if (name !== undefined) return `SIG${name}`;
  if (number === realTimeMin) return 'SIGRTMIN';
  if (number > realTimeMin && number < realTimeMax) return `SIGRTMIN+${number - realTimeMin}`;
  return number === realTimeMax ? 'SIGRTMAX' : String(number);
}

function named(text: string): number | undefined {
  if (text.length > 16) return undefined;
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper.slice(3) : upper;
  return (
    numbers.get(name) ??
    realTime(name, 'RTMIN', realTimeMin, '+') ??
    realTime(name, 'RTMAX', realTimeMax, '-')
  );
}

function realTime(name: string, base: string, from: number, sign: '+' | '-'): number | undefined {
  if (name === base) return from;
  if (!name.startsWith(base + sign)) return undefined;
  const offset = parseDecimal(name.slice(base.length + 1));
  if (offset === undefined || offset > realTimeMax - realTimeMin) return undefined;
  return sign === '+' ? from + offset : from - offset;
}
