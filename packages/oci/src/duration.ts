import { InvalidArgumentError } from '@wharf/core';
import { isDigit, quote, skip } from './chars.js';

/** Nanoseconds of the units of Go's time.ParseDuration. */
const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const maxLength = 256;
const maxNanos = 2n ** 63n - 1n;

/**
 * Reads a duration as Go writes it: `1h30m`, `-1.5s`, `300ms`, `0`.
 * @returns nanoseconds within ±2^63
 * @throws InvalidArgumentError in Go's words
 */
export function parseDuration(text: string): bigint {
  if (text.length > maxLength) throw refuse(text);
  const negative = text.startsWith('-');
  const magnitude = text.slice(negative || text.startsWith('+') ? 1 : 0);
  if (magnitude === '0') return 0n;
  if (magnitude === '') throw refuse(text);
  let total = 0n;
  for (let at = 0; at < magnitude.length;) {
    const term = readTerm(text, magnitude, at);
    total += term.nanos;
    at = term.end;
  }
  if (total > maxNanos + (negative ? 1n : 0n)) throw refuse(text);
  return negative ? -total : total;
}

/** The form of Go's time.Duration.String: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanos: bigint): string {
  if (nanos < 0n) return `-${formatDuration(-nanos)}`;
  if (nanos === 0n) return '0s';
  if (nanos < 1_000n) return `${nanos}ns`;
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}\u00b5s`;
  if (nanos < 1_000_000_000n) return `${decimal(nanos, 1_000_000n)}ms`;
  const [minutes, rest] = [nanos / 60_000_000_000n, nanos % 60_000_000_000n];
  const seconds = `${decimal(rest, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

/** Whole milliseconds, rounded up, so that a timer never fires early; at most 2^53-1. */
export function durationMillis(nanos: bigint): number {
  return Number((nanos + (nanos > 0n ? 999_999n : 0n)) / 1_000_000n);
}

function readTerm(text: string, from: string, start: number): { nanos: bigint; end: number } {
  const wholeEnd = skip(from, start, isDigit);
  const hasPoint = from[wholeEnd] === '.';
  const numberEnd = hasPoint ? skip(from, wholeEnd + 1, isDigit) : wholeEnd;
  const whole = from.slice(start, wholeEnd);
  const fraction = hasPoint ? from.slice(wholeEnd + 1, numberEnd) : '';
  if (whole === '' && fraction === '') throw refuse(text);
  const end = skip(from, numberEnd, (c) => !isDigit(c) && c !== 0x2e);
  const unit = from.slice(numberEnd, end);
  if (unit === '') throw refuse(text, 'missing unit in');
  const nanos = units.get(unit);
  if (nanos === undefined) throw refuse(text, `unknown unit ${quote(unit)} in`);
  const part = (BigInt(fraction || '0') * nanos) / 10n ** BigInt(fraction.length);
  return { nanos: BigInt(whole || '0') * nanos + part, end };
}

/** `nanos / unit` with as many decimals as it has and no trailing zero. */
function decimal(nanos: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  let fraction = String(nanos % unit).padStart(digits, '0');
  while (fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return fraction === '' ? String(nanos / unit) : `${nanos / unit}.${fraction}`;
}

function refuse(text: string, problem = 'invalid'): InvalidArgumentError {
  return new InvalidArgumentError(`time: ${problem} duration ${quote(text)}`);
}
