import { rfc3339 } from './time.js';
import { compareStrings, Float } from './value.js';

const maxDepth = 200;

/**
 * JSON as Go's encoder writes it with HTML escaping off: no spaces, entries of a `Map` sorted by key,
 * fields of objects in their own order. Functions that take no argument are called (they are fields
 * worked out on demand); others and missing values are left out.
 */
export function goJson(value: unknown, depth = 0): string {
  if (depth > maxDepth) return 'null';
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return Number.isFinite(value) ? goNumber(value) : 'null';
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'function') return goJson(value.length === 0 ? value() : null, depth + 1);
  if (typeof value !== 'object' || value === null) return 'null';
  return goObject(value, depth);
}

function goObject(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item, depth + 1)).join(',')}]`;
  if (value instanceof Date) return goString(rfc3339(value));
  if (value instanceof Float) return goJson(value.value);
  if (value instanceof Uint8Array) return goString(Buffer.from(value).toString('base64'));
  const shown = fields(value).filter(([, field]) => isShown(field));
  return `{${shown.map(([key, field]) => `${goString(key)}:${goJson(field, depth + 1)}`).join(',')}}`;
}

function isShown(field: unknown): boolean {
  return typeof field === 'function' ? field.length === 0 : field !== undefined;
}

function fields(value: object): [string, unknown][] {
  if (!(value instanceof Map)) return Object.entries(value);
  const entries = [...value].map(([key, field]): [string, unknown] => [String(key), field]);
  return entries.sort(([left], [right]) => compareStrings(left, right));
}

function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll(/[\u2028\u2029]/g, (char) =>
    char === '\u2028' ? '\\u2028' : '\\u2029',
  );
}

function goNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
