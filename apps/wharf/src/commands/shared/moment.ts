import { InvalidArgumentError } from '@wharf/core';
import { parseDuration, parseTimestamp } from '@wharf/oci';

/**
 * A moment as --since and --until take it: RFC 3339 with or without seconds, zone (then the local one)
 * or time of day, a Unix time with fraction, or a duration before now (`10m`).
 * @throws InvalidArgumentError
 */
export function parseMoment(text: string, now: Date): Date {
  const seconds = /^(-?[0-9]{1,12})(?:\.([0-9]{1,18}))?$/.exec(text);
  if (seconds !== null) {
    const millis = Number((seconds[2] ?? '').padEnd(3, '0').slice(0, 3));
    return new Date(Number(seconds[1]) * 1000 + millis);
  }
  const calendar = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9:.,]+))?(Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(
    text,
  );
  if (calendar !== null) return onCalendar(text, calendar);
  try {
    return new Date(now.getTime() - Number(parseDuration(text) / 1_000_000n));
  } catch (cause) {
    throw refuse(text, cause);
  }
}

/** What a moment says beyond its milliseconds, which a Date leaves out: 0 to 999999 nanoseconds. */
export function nanosBeyond(text: string): number {
  const fraction = /^-?[0-9]+\.([0-9]+)$|T[0-9:]+[.,]([0-9]+)/.exec(text);
  return Number((fraction?.[1] ?? fraction?.[2] ?? '').padEnd(9, '0').slice(3, 9));
}

function onCalendar(text: string, match: RegExpExecArray): Date {
  const [, day = '', given = '00:00:00', zone] = match;
  const colons = given.split(':').length - 1;
  const time = given + ':00'.repeat(Math.max(0, 2 - colons));
  try {
    const utc = parseTimestamp(`${day}T${time}${zone ?? 'Z'}`);
    if (zone !== undefined) return utc;
    return new Date(
      utc.getUTCFullYear(),
      utc.getUTCMonth(),
      utc.getUTCDate(),
      utc.getUTCHours(),
      utc.getUTCMinutes(),
      utc.getUTCSeconds(),
      utc.getUTCMilliseconds(),
    );
  } catch (cause) {
    throw refuse(text, cause);
  }
}

function refuse(text: string, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid time ${JSON.stringify(text)}: write it like 2026-01-31T12:00:00Z, as a Unix time, or as a duration like 10m`,
    { cause },
  );
}
