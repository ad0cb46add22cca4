import { InvalidArgumentError } from '@wharf/core';
import { isDigit, quote, skip } from './chars.js';

const prefixes = 'kmgtp';
const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'] as const;
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'] as const;

/**
 * Reads an amount of memory as docker does: `512m`, `1.5 GiB`, `64kb`, `1024`; every prefix is a power of 1024.
 * @returns whole bytes, at most 2^53-1
 * @throws InvalidArgumentError in docker's words
 */
export function parseMemorySize(text: string): number {
  return parseSize(text, 1024);
}

/** Reads an amount of storage: the same, but every prefix is a power of 1000. */
export function parseStorageSize(text: string): number {
  return parseSize(text, 1000);
}

/** `1.234MB`: powers of 1000 with four significant digits, as docker shows sizes. */
export function humanSize(bytes: number, significant = 4): string {
  return inUnits(bytes, 1000, decimalUnits, significant);
}

/** `1.5GiB`: powers of 1024 with four significant digits, as docker shows memory. */
export function bytesSize(bytes: number): string {
  return inUnits(bytes, 1024, binaryUnits, 4);
}

function parseSize(text: string, base: number): number {
  if (text.length > 64) throw refuseSize(text);
  const wholeEnd = skip(text, 0, isDigit);
  const numberEnd = text[wholeEnd] === '.' ? skip(text, wholeEnd + 1, isDigit) : wholeEnd;
  const number = text.slice(0, numberEnd);
  if (number === '' || number === '.') throw refuseSize(text);
  const suffix = text.slice(text[numberEnd] === ' ' ? numberEnd + 1 : numberEnd).toLowerCase();
  const bytes = Math.floor(Number(number) * base ** exponentOf(suffix, text));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError(`invalid size: '${shorten(text)}': the most is 2^53-1 bytes`);
}

/** The power of the base that a lower-case suffix stands for: ``, `b`, `k`, `kb`, `kib` … */
function exponentOf(suffix: string, text: string): number {
  if (suffix === '' || suffix === 'b') return 0;
  const exponent = prefixes.indexOf(suffix.charAt(0)) + 1;
  const rest = suffix.slice(1);
  if (exponent > 0 && (rest === '' || rest === 'b' || rest === 'ib')) return exponent;
  if (skip(suffix, 0, (c) => !isDigit(c)) < suffix.length) throw refuseSize(text);
  throw new InvalidArgumentError(`invalid suffix: '${shorten(suffix)}'`);
}

function inUnits(
  bytes: number,
  base: number,
  units: readonly string[],
  significant: number,
): string {
  let [amount, unit] = [Math.max(0, bytes), 0];
  const rounded = () => Number(amount.toPrecision(significant));
  while (rounded() >= base && unit < units.length - 1) {
    amount /= base;
    unit++;
  }
  return `${rounded()}${units[unit]}`;
}

function refuseSize(text: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid size: '${shorten(text)}'`);
}

function shorten(text: string): string {
  return quote(text).slice(1, -1);
}
