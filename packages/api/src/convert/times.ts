import { InvalidArgumentError, printable } from '@wharf/core';
import type { Timestamp } from '../gen/google/protobuf/timestamp.js';
import { required } from './values.js';

const nanosPerMilli = 1_000_000;
const nanosPerSecond = 1_000_000_000;
/** google/protobuf/timestamp.proto: from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
const minSeconds = -62_135_596_800n;
const maxSeconds = 253_402_300_799n;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Millisecond precision. Throws invalid-argument for an invalid Date. */
export function dateToWire(date: Date): Timestamp {
  const millis = date.getTime();
  if (Number.isNaN(millis)) throw new InvalidArgumentError('a time is not valid');
  const seconds = Math.floor(millis / 1000);
  return { seconds: BigInt(seconds), nanos: (millis - seconds * 1000) * nanosPerMilli };
}

export function optionalDateToWire(date: Date | undefined): Timestamp | undefined {
  return date === undefined ? undefined : dateToWire(date);
}

/** Cut to milliseconds. Throws invalid-argument beyond the years 1 to 9999. */
export function dateFromWire(time: Timestamp | undefined, what: string): Date {
  const { seconds, nanos } = checked(required(time, what), what);
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / nanosPerMilli));
}

export function optionalDateFromWire(time: Timestamp | undefined, what: string): Date | undefined {
  return time === undefined ? undefined : dateFromWire(time, what);
}

/** RFC 3339 with nine digits of the second, in UTC. */
export function nanoTimeFromWire(time: Timestamp | undefined, what: string): string {
  const { seconds, nanos } = checked(required(time, what), what);
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

/** Reads RFC 3339 with up to nine digits of the second and any offset. */
export function nanoTimeToWire(text: string): Timestamp {
  const [, whole, fraction = '', zone] = rfc3339.exec(text) ?? [];
  const millis = whole === undefined || zone === undefined ? NaN : Date.parse(whole + zone);
  if (Number.isNaN(millis)) {
    throw new InvalidArgumentError(`"${printable(text)}" is not a time as in RFC 3339`);
  }
  return { seconds: BigInt(millis / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}

function checked(time: Timestamp, what: string): Timestamp {
  const { seconds, nanos } = time;
  const inside = seconds >= minSeconds && seconds <= maxSeconds;
  if (!inside || nanos < 0 || nanos >= nanosPerSecond) {
    throw new InvalidArgumentError(`${what} is not a valid time`);
  }
  return time;
}
