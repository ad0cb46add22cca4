import { InvalidArgumentError } from '@wharf/core';
import { parseDuration, parseTimestamp } from '@wharf/oci';

const local = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?$/;

/**
 * A moment as docker's `until` takes it: a Go duration before now (`24h`), seconds since 1970, RFC 3339, or a date with
 * or without a time in the zone of the daemon. Milliseconds since 1970.
 */
export function parseWhen(text: string, nowMs: number): number {
  const seconds = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined) return seconds * 1000;
  const date = local.exec(text);
  if (date !== null) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = date
      .slice(1)
      .map((part: string | undefined) => Number(part ?? 0));
    const ms = new Date(year, month - 1, day, hour, minute, second).getTime();
    if (!Number.isNaN(ms)) return ms;
  }
  if (text.includes('T')) return parseTimestamp(text).getTime();
  try {
    return nowMs - Number(parseDuration(text) / 1_000_000n);
  } catch (cause) {
    throw new InvalidArgumentError(
      `invalid time "${text}": write it as a duration like 24h or as a time like 2026-01-31T12:00:00Z`,
      { cause },
    );
  }
}
