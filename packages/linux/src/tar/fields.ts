import { DataLossError, InvalidArgumentError } from '@wharf/core';
import type { TarTime } from './entry.js';

const space = 0x20;

/** The bytes of a fixed field up to its first NUL, copied. */
export function stringField(block: Buffer, start: number, length: number): Buffer {
  return Buffer.from(block.subarray(start, nulOrEnd(block, start, start + length)));
}

function nulOrEnd(block: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) if (block[at] === 0) return at;
  return end;
}

/** A number field is octal digits between spaces and NULs, or (first bit set) a big-endian two's complement number. */
export function numberField(block: Buffer, start: number, length: number, what: string): number {
  const value =
    ((block[start] ?? 0) & 0x80) === 0
      ? octal(block, start, start + length)
      : base256(block, start, length);
  if (value === undefined || !Number.isSafeInteger(value)) {
    throw new DataLossError(`the archive has a header with a broken ${what} field`);
  }
  return value;
}

function octal(block: Buffer, start: number, end: number): number | undefined {
  let at = start;
  while (at < end && isBlank(block[at])) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  const nul = nulOrEnd(block, at, end);
  for (; at < nul; at++) if (block[at] !== space) return undefined;
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0;
}

function base256(block: Buffer, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  const negative = (first & 0x40) !== 0;
  let value = negative ? BigInt(first) - 256n : BigInt(first & 0x3f);
  for (let at = start + 1; at < start + length; at++) value = value * 256n + BigInt(block[at] ?? 0);
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : undefined;
}

/** Whether the checksum field of a header fits, as the sum of unsigned or (historic) of signed bytes. */
export function checksumFits(block: Buffer, start: number): boolean {
  let unsigned = 8 * space;
  let high = 0;
  for (let at = start; at < start + 512; at++) {
    if (at === start + 148) at += 8;
    const byte = block[at] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  const stored = octal(block, start + 148, start + 156);
  return stored === unsigned || stored === unsigned - 256 * high;
}

/** A decimal number of an extended header: digits alone, up to 2^53 - 1. */
export function decimal(value: Buffer, what: string): number {
  const text = value.toString('latin1');
  const number = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw new DataLossError(`the archive has an extended header with a broken ${what}`);
  }
  return number;
}

/** A time of an extended header: seconds with an optional sign and fraction; digits past the ninth are cut off. */
export function decimalTime(value: Buffer, what: string): TarTime {
  const parts = /^(-?)([0-9]{1,18})(?:\.([0-9]{0,64}))?$/.exec(value.toString('latin1'));
  if (parts === null) {
    throw new DataLossError(`the archive has an extended header with a broken ${what}`);
  }
  const whole = BigInt(parts[2] ?? '0');
  const nsec = Number((parts[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (parts[1] === '') return { sec: whole, nsec };
  return nsec === 0 ? { sec: -whole, nsec } : { sec: -whole - 1n, nsec: 1_000_000_000 - nsec };
}

/** Uids and gids end at 2^32 - 2: the last value means "leave as it is" to chown(2). */
export function ownerId(value: number, what: string): number {
  if (value < 0 || value > 0xfffffffe) {
    throw new InvalidArgumentError(`the archive has an entry whose ${what} is out of range`);
  }
  return value;
}
