import { InvalidArgumentError } from '@wharf/core';
import { cut, every, isDigit, quote } from './chars.js';

const daysBefore = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads an RFC 3339 time strictly: four-digit year, a real day, `T` and an offset required. What is finer than a
 * millisecond is cut off.
 * @throws InvalidArgumentError
 */
export function parseTimestamp(text: string): Date {
  const [year, month, day] = [part(text, 0, 4), part(text, 5, 7), part(text, 8, 10)];
  const [hour, minute, second] = [part(text, 11, 13), part(text, 14, 16), part(text, 17, 19)];
  const marks = text[4] === '-' && text[7] === '-' && text[10] === 'T';
  const colons = text[13] === ':' && text[16] === ':';
  const inRange =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(year, month) &&
    year >= 0 &&
    hour >= 0 &&
    hour < 24 &&
    minute >= 0 &&
    minute < 60 &&
    second >= 0 &&
    second < 60;
  if (!marks || !colons || !inRange || text.length > 64) throw refuse(text);
  const [fraction, offset] = splitFraction(text.slice(19));
  const minutes = offsetMinutes(offset);
  if (fraction === undefined || minutes === undefined) throw refuse(text);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - minutes, second, Number(fraction.padEnd(3, '0').slice(0, 3)));
  if (date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) throw refuse(text);
  return date;
}

function part(text: string, from: number, to: number): number {
  const digits = text.slice(from, to);
  return digits.length === to - from && every(digits, isDigit) ? Number(digits) : -1;
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (daysBefore[month - 1] ?? 0);
}

function splitFraction(rest: string): [fraction: string | undefined, offset: string] {
  if (!rest.startsWith('.')) return ['', rest];
  const [digits] = cut(rest.slice(1).replace('Z', '+').replace('-', '+'), '+');
  const valid = digits !== '' && every(digits, isDigit);
  return [valid ? digits : undefined, rest.slice(1 + digits.length)];
}

/** Minutes east of UTC. */
function offsetMinutes(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [hours, minutes] = [part(text, 1, 3), part(text, 4, 6)];
  const sign = text[0] === '+' ? 1 : text[0] === '-' ? -1 : 0;
  const valid = text.length === 6 && text[3] === ':' && sign !== 0;
  if (!valid || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return sign * (hours * 60 + minutes);
}

function refuse(text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid time ${quote(text)}: write it as RFC 3339, like 2026-01-31T12:00:00Z`,
  );
}
