import { InvalidArgumentError } from '@wharf/core';
import type { Filters } from '@wharf/core';
import type { StringList } from '../gen/wharf/v1/containers.js';
import { limits } from '../limits.js';

type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
type Defined<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  [K in OptionalKeys<T>]?: Exclude<T[K], undefined>;
};

/** The object without its undefined fields: absent and undefined differ in domain types. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

/** Proto3 has no absent text: empty stands for it. */
export function textOrAbsent(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** A map as a record without prototype, so that `__proto__` is a key like others. */
export function recordFromWire(
  map: ReadonlyMap<string, string>,
  what: string,
): Record<string, string> {
  checkLength(map.size, what, limits.listEntries);
  const record = Object.create(null) as Record<string, string>;
  for (const [key, value] of map) record[key] = value;
  return record;
}

export function recordToWire(record: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(record));
}

/** The same map, if it is not too large. */
export function mapFromWire<V>(map: ReadonlyMap<string, V>, what: string): ReadonlyMap<string, V> {
  checkLength(map.size, what, limits.listEntries);
  return map;
}

export function listFromWire(list: readonly string[], what: string): readonly string[] {
  checkLength(list.length, what, limits.listEntries);
  return list;
}

/** Converts each entry of a list of objects. */
export function eachFromWire<W, D>(
  list: readonly W[],
  what: string,
  convert: (entry: W) => D,
): readonly D[] {
  checkLength(list.length, what, limits.objectEntries);
  return list.map(convert);
}

export function filtersFromWire(filters: ReadonlyMap<string, StringList>): Filters | undefined {
  if (filters.size === 0) return undefined;
  checkLength(filters.size, 'filters', limits.objectEntries);
  return new Map(
    Array.from(filters, ([key, list]) => [key, listFromWire(list.values, `filter ${key}`)]),
  );
}

export function filtersToWire(filters: Filters | undefined): Map<string, StringList> {
  return new Map(Array.from(filters ?? [], ([key, values]) => [key, { values: [...values] }]));
}

/** The number itself if it is a whole one within the bounds, both included. */
export function integerWithin(value: number, what: string, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new InvalidArgumentError(`${what} must be a whole number from ${min} to ${max}`, {
      facts: { field: what },
    });
  }
  return value;
}

/** The same for 64-bit values; there is no upper bound but the type's. */
export function atLeast(value: bigint, what: string, min: bigint): bigint {
  if (value < min) {
    throw new InvalidArgumentError(`${what} must not be less than ${min}`, {
      facts: { field: what },
    });
  }
  return value;
}

/** A 64-bit value as a number; beyond 2^53 it would silently be another one. */
export function numberFromWire(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new InvalidArgumentError(`${what} is out of range`, { facts: { field: what } });
  }
  return number;
}

export function numberToWire(value: number, what: string): bigint {
  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`${what} must be a whole number`, { facts: { field: what } });
  }
  return BigInt(value);
}

/** A sub-message that the other side must send. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new InvalidArgumentError(`${what} is missing`, { facts: { field: what } });
  }
  return value;
}

function checkLength(length: number, what: string, max: number): void {
  if (length > max) {
    throw new InvalidArgumentError(`${what} has ${length} entries, at most ${max} are allowed`, {
      facts: { field: what },
    });
  }
}
